import pg from 'pg'
import { type CoreJobOptions, createCoreJob } from './core-job.js'
import { asCrisperRole, createCrisperRole } from './crisper-role.js'
import { startPostgres, type TestPostgres } from './postgres.js'

/** What a test of the contract runs on: both brokers, with Crisper's own table of jobs and with an application's. */
export const ownAndAttached = (['own table', 'attached'] as const).flatMap((jobs) =>
  (['redis', 'amqp'] as const).map((kind) => ({ kind, jobs })),
)

/**
 * The database of an application, with its table of jobs. Crisper comes as a role that may do nothing with that table but
 * SELECT, INSERT and UPDATE rows.
 */
export class ApplicationDatabase {
  /** As the application. */
  readonly pool: pg.Pool
  readonly #postgres: TestPostgres

  private constructor(postgres: TestPostgres) {
    this.#postgres = postgres
    this.pool = new pg.Pool({ connectionString: postgres.url, max: 4 })
    this.pool.on('error', () => {})
  }

  static async start(dir: string, options: CoreJobOptions = {}): Promise<ApplicationDatabase> {
    const database = new ApplicationDatabase(await startPostgres({ dir }))
    await createCoreJob(database.pool, options)
    await createCrisperRole(database.pool, options.name ?? 'core_job')
    return database
  }

  /** As the application. */
  get url(): string {
    return this.#postgres.url
  }

  /** As Crisper. */
  get crisperUrl(): string {
    return asCrisperRole(this.#postgres.url)
  }

  async stop(): Promise<void> {
    await this.pool.end()
    await this.#postgres.stop()
  }
}
