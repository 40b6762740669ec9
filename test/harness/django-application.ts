import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startWorker } from '../../scripts/services/celery-worker.mjs'
import { runToEnd } from '../../scripts/services/process.mjs'
import type { Cluster, TestWorker } from './cluster.js'
import { asCrisperRole, createCrisperRole } from './crisper-role.js'
import { startPostgres, type TestPostgres } from './postgres.js'

const appDir = fileURLToPath(new URL('./django/', import.meta.url))

/** A Django project with its own Job model and signal handlers (django/), its database, and its workers. */
export class DjangoApplication {
  readonly pool: pg.Pool
  readonly #cluster: Cluster
  readonly #postgres: TestPostgres
  readonly #workers: TestWorker[] = []

  private constructor(cluster: Cluster, postgres: TestPostgres) {
    this.#cluster = cluster
    this.#postgres = postgres
    this.pool = new pg.Pool({ connectionString: postgres.url, max: 2 })
    this.pool.on('error', () => {})
  }

  /** With its tables, and a role for Crisper that may select, insert and update rows of `core_job`. */
  static async start(cluster: Cluster): Promise<DjangoApplication> {
    const postgres = await startPostgres({ dir: cluster.folder.path('application') })
    const application = new DjangoApplication(cluster, postgres)
    await application.#python(['-m', 'django', 'migrate', '--verbosity', '0'])
    await createCrisperRole(application.pool, 'core_job')
    return application
  }

  get crisperUrl(): string {
    return asCrisperRole(this.#postgres.url)
  }

  async startWorker(name: string): Promise<void> {
    this.#workers.push(
      await startWorker({
        python: this.#cluster.celery.python,
        appDir,
        app: 'shop',
        broker: this.#cluster.brokerUrl,
        backend: this.#cluster.backendUrl,
        dir: this.#cluster.folder.path('django-workers'),
        name,
        env: this.#env,
      }),
    )
  }

  /** Publishes so many tasks, of each kind in turn; answers with their ids. */
  async publish(count: number): Promise<string[]> {
    return (await this.#python(['publish.py', String(count)])).trim().split('\n')
  }

  /** What its workers wrote. */
  workerLogs(): string {
    const dir = this.#cluster.folder.path('django-workers')
    return readdirSync(dir)
      .map((name) => readFileSync(`${dir}/${name}`, 'utf8'))
      .join('\n')
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()))
    await this.pool.end()
    await this.#postgres.stop()
  }

  get #env(): Record<string, string> {
    return {
      DJANGO_SETTINGS_MODULE: 'shop.settings',
      SHOP_DATABASE_URL: this.#postgres.url,
      CELERY_BROKER_URL: this.#cluster.brokerUrl,
      CELERY_RESULT_BACKEND: this.#cluster.backendUrl,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONPATH: appDir,
    }
  }

  async #python(args: readonly string[]): Promise<string> {
    const { ok, output } = await runToEnd(this.#cluster.celery.python, [...args], {
      cwd: appDir,
      env: { ...process.env, ...this.#env },
    })
    if (!ok) throw new Error(`python ${args.join(' ')} failed: ${output}`)
    return output
  }
}
