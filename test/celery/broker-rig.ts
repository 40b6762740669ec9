import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runToEnd } from '../../scripts/services/process.mjs'
import type { Broker, BrokerOptions, BrokerStatus, Delivery, Subscription } from '../../src/celery/broker.js'
import { openBroker } from '../../src/celery/open-broker.js'
import type { CeleryVersion } from '../harness/celery-versions.js'

/** What the tests of both kinds need from a server, and from a client that is not ours. */
export interface Rig {
  readonly kind: Broker['kind']
  startServer(dir: string): Promise<Server>
  /** Publishes events as Celery's workers do. */
  openPublisher(url: string): Promise<Publisher>
}

export interface Server {
  readonly url: string
  readonly port: number
  kill(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface Publisher {
  publish(routingKey: string, body: unknown): Promise<void>
  close(): Promise<void>
}

const appDir = fileURLToPath(new URL('../harness/app', import.meta.url))

/** Undoes what a test or a whole suite has set up, last first. */
export class Cleanups {
  readonly #undo: (() => unknown)[] = []

  add(undo: () => unknown): void {
    this.#undo.push(undo)
  }

  async run(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo()
  }

  async folder(): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), 'crisper-broker-'))
    this.add(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
    return dir
  }

  async server(rig: Rig): Promise<Server> {
    const server = await rig.startServer(await this.folder())
    this.add(() => server.stop())
    return server
  }

  async publisher(rig: Rig, url: string): Promise<Publisher> {
    const publisher = await rig.openPublisher(url)
    this.add(() => publisher.close())
    return publisher
  }

  broker(url: string, options: Partial<BrokerOptions> = {}): Broker {
    // RabbitMQ keeps what a test left unacknowledged for the next one.
    const broker = openBroker(url, { eventQueue: `crisper.events.${randomUUID()}`, ...options })
    this.add(() => broker.close())
    return broker
  }

  async connected(url: string, options: Partial<BrokerOptions> = {}): Promise<Broker> {
    const broker = this.broker(url, options)
    await broker.connect()
    return broker
  }
}

export interface Stream {
  readonly subscription: Subscription
  readonly deliveries: Delivery[]
  /** Bodies of the well-formed ones, as text. */
  bodies(): string[]
}

export async function streamOf(broker: Broker): Promise<Stream> {
  const deliveries: Delivery[] = []
  const subscription = await broker.subscribe((delivery) => deliveries.push(delivery))
  const bodies = (): string[] =>
    deliveries
      .map((delivery) => delivery.open())
      .flatMap((message) => (message.ok ? [message.body.toString('utf8')] : []))
  return { subscription, deliveries, bodies }
}

/** Every state the broker says it is in from now on. */
export function statesOf(broker: Broker): BrokerStatus['state'][] {
  const states: BrokerStatus['state'][] = []
  broker.onStatus(({ state }) => states.push(state))
  return states
}

/** Runs Python with the tests' Celery application at hand as `app`. */
export async function withApp(celery: CeleryVersion, broker: string, code: string): Promise<string> {
  const { ok, output } = await runToEnd(celery.python, ['-c', `from crisper_test_app import app\n${code}`], {
    cwd: appDir,
    env: { ...process.env, PYTHONPATH: appDir, PYTHONDONTWRITEBYTECODE: '1', CELERY_BROKER_URL: broker },
  })
  if (!ok) throw new Error(output)
  return output.trim()
}

export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}
