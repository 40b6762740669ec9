import { fileURLToPath } from 'node:url'
import { startWorker } from '../../scripts/services/celery-worker.mjs'
import { startRabbitmq } from '../../scripts/services/rabbitmq.mjs'
import { startRedis } from '../../scripts/services/redis.mjs'
import { type CeleryVersion, newestCelery } from './celery-versions.js'
import { Publisher } from './publisher.js'
import { TestFolder } from './test-folder.js'

const appDir = fileURLToPath(new URL('./app/', import.meta.url))

export type BrokerKind = 'redis' | 'amqp'
export type TestWorker = Awaited<ReturnType<typeof startWorker>>
export type TestBroker = Awaited<ReturnType<typeof startRedis>> | Awaited<ReturnType<typeof startRabbitmq>>

type WorkerOptions = Partial<Omit<Parameters<typeof startWorker>[0], 'broker' | 'backend'>>

/** A broker, a result backend, and Celery workers with a publisher: all real, private and ended with `stop`. */
export class Cluster {
  readonly folder = new TestFolder()
  readonly #workers: TestWorker[] = []
  #publisher: Publisher | undefined

  private constructor(
    readonly kind: BrokerKind,
    readonly celery: CeleryVersion,
    readonly broker: TestBroker,
    readonly backend: TestBroker,
  ) {}

  /** A broker of that kind; results are always kept in a Redis. */
  static async start(kind: BrokerKind, celery: CeleryVersion = newestCelery()): Promise<Cluster> {
    const folder = new TestFolder()
    const redis = await startRedis({ dir: folder.path('redis'), save: true })
    const broker = kind === 'redis' ? redis : await startRabbitmq({ dir: folder.path('rabbitmq') })
    return new Cluster(kind, celery, broker, redis)
  }

  get brokerUrl(): string {
    return this.broker.url
  }

  get backendUrl(): string {
    return `${this.backend.url.replace(/\/\d*$/, '')}/1`
  }

  /** For `crisper serve` on this cluster, with an embedded database. */
  get crisperFlags(): string[] {
    return [
      ...['--broker', this.brokerUrl, '--result-backend', this.backendUrl],
      ...['--data-dir', this.folder.path('data')],
    ]
  }

  async startWorker(options: WorkerOptions = {}): Promise<TestWorker> {
    const worker = await startWorker({
      python: this.celery.python,
      appDir,
      app: 'crisper_test_app',
      broker: this.brokerUrl,
      backend: this.backendUrl,
      dir: this.folder.path('workers'),
      name: `w${this.#workers.length + 1}`,
      ...options,
    })
    this.#workers.push(worker)
    return worker
  }

  /** The publisher of the test application, started when first needed. */
  get publisher(): Publisher {
    this.#publisher ??= new Publisher(this.celery.python, appDir, {
      CELERY_BROKER_URL: this.brokerUrl,
      CELERY_RESULT_BACKEND: this.backendUrl,
    })
    return this.#publisher
  }

  /** Publishes a task; answers with its id. */
  send(task: string, kwargs: object = {}, options: object = {}): Promise<string> {
    return this.publisher.send({ task, kwargs, options })
  }

  async stop(): Promise<void> {
    await this.#publisher?.stop()
    await Promise.all(this.#workers.map((worker) => worker.kill()))
    await this.broker.stop()
    if (this.backend !== this.broker) await this.backend.stop()
    this.folder.remove()
  }
}
