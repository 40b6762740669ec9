import { fileURLToPath } from 'node:url'
import { startWorker } from '../../scripts/services/celery-worker.mjs'
import { startRabbitmq } from '../../scripts/services/rabbitmq.mjs'
import { startRedis } from '../../scripts/services/redis.mjs'
import { startBeat, type TestBeat } from './beat.js'
import { type CeleryVersion, newestCelery } from './celery-versions.js'
import { Publisher } from './publisher.js'
import { TestFolder } from './test-folder.js'

const appDir = fileURLToPath(new URL('./app/', import.meta.url))

export type BrokerKind = 'redis' | 'amqp'
export type TestWorker = Awaited<ReturnType<typeof startWorker>>
export type TestBroker = Awaited<ReturnType<typeof startRedis>> | Awaited<ReturnType<typeof startRabbitmq>>

type WorkerOptions = Partial<Omit<Parameters<typeof startWorker>[0], 'broker' | 'backend'>>

/** Where results are kept other than in Redis, and what the workers' environment needs for that. */
export interface Results {
  readonly url: string
  readonly env?: Readonly<Record<string, string>>
  /** For `crisper serve`, beside `--result-backend`. */
  readonly flags?: readonly string[]
}

/** A broker, a result backend, and Celery workers with a publisher: all real, private and ended with `stop`. */
export class Cluster {
  readonly #workers: TestWorker[] = []
  readonly #beats: TestBeat[] = []
  #publisher: Publisher | undefined

  private constructor(
    readonly folder: TestFolder,
    readonly kind: BrokerKind,
    readonly celery: CeleryVersion,
    readonly broker: TestBroker,
    readonly backend: TestBroker,
    readonly results: Results | undefined,
  ) {}

  /** A broker of that kind; results are kept in a Redis unless `results` says otherwise. */
  static async start(
    kind: BrokerKind,
    celery: CeleryVersion = newestCelery(),
    results?: Results,
    rabbitmq: { readonly management?: boolean } = {},
  ): Promise<Cluster> {
    const folder = new TestFolder()
    const redis = await startRedis({ dir: folder.path('redis'), save: true })
    const broker =
      kind === 'redis' ? redis : await startRabbitmq({ dir: folder.path('rabbitmq'), ...rabbitmq })
    return new Cluster(folder, kind, celery, broker, redis, results)
  }

  get brokerUrl(): string {
    return this.broker.url
  }

  get backendUrl(): string {
    return this.results?.url ?? `${this.backend.url.replace(/\/\d*$/, '')}/1`
  }

  /** For `crisper serve` on this cluster, with an embedded database. */
  get crisperFlags(): string[] {
    return [
      ...['--broker', this.brokerUrl, '--result-backend', this.backendUrl],
      ...(this.results?.flags ?? []),
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
      env: { ...this.results?.env, ...options.env },
      ping: (nodeName) => this.publisher.ping(nodeName),
    })
    this.#workers.push(worker)
    return worker
  }

  /** A beat of the test application, ended with the workers. */
  async startBeat({ env = {}, args = [] }: Parameters<typeof startBeat>[1] = {}): Promise<TestBeat> {
    const beat = await startBeat(
      {
        python: this.celery.python,
        appDir,
        broker: this.brokerUrl,
        backend: this.backendUrl,
        dir: this.folder.path('beat'),
      },
      { args, env: { ...this.results?.env, ...env } },
    )
    this.#beats.push(beat)
    return beat
  }

  /** The publisher of the test application, started when first needed. */
  get publisher(): Publisher {
    this.#publisher ??= new Publisher(this.celery.python, appDir, {
      CELERY_BROKER_URL: this.brokerUrl,
      CELERY_RESULT_BACKEND: this.backendUrl,
      ...this.results?.env,
    })
    return this.#publisher
  }

  /** Publishes a task; answers with its id. */
  send(task: string, kwargs: object = {}, options: object = {}): Promise<string> {
    return this.publisher.send({ task, kwargs, options })
  }

  /** Celery's warm shutdown of all workers. */
  async stopWorkers(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()))
  }

  async stop(): Promise<void> {
    await this.#publisher?.stop()
    await Promise.all(this.#beats.map((beat) => beat.kill()))
    await Promise.all(this.#workers.map((worker) => worker.kill()))
    await this.broker.stop()
    if (this.backend !== this.broker) await this.backend.stop()
    this.folder.remove()
  }
}
