import pg from 'pg'
import { ApplicationDatabase } from '../harness/application-database.js'
import type { CeleryVersion } from '../harness/celery-versions.js'
import { type BrokerKind, Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { startPostgres } from '../harness/postgres.js'

interface Options {
  readonly kind: BrokerKind
  readonly celery?: CeleryVersion | undefined
  readonly jobs?: 'own table' | 'attached'
  /** What stands in the crisper.yaml of each. */
  readonly config?: string
}

/** Several `crisper serve` on one PostgreSQL. */
export class Replicas {
  readonly #all: TestCrisper[] = []
  readonly #stopDatabase: () => Promise<void>

  private constructor(
    readonly cluster: Cluster,
    /** In Crisper's own schema. */
    readonly pool: pg.Pool,
    readonly flags: readonly string[],
    stopDatabase: () => Promise<void>,
  ) {
    this.#stopDatabase = stopDatabase
  }

  /** The cluster and the database; no Crisper yet. */
  static async prepare({ kind, celery, jobs = 'own table', config }: Options): Promise<Replicas> {
    const cluster = await Cluster.start(kind, celery)
    const own =
      jobs === 'own table' ? await startPostgres({ dir: cluster.folder.path('postgres') }) : undefined
    const application = own ? undefined : await ApplicationDatabase.start(cluster.folder.path('application'))
    const url = own?.url ?? application?.crisperUrl ?? ''
    const pool = new pg.Pool({ connectionString: url, options: '-c search_path=crisper,public', max: 4 })
    pool.on('error', () => {})
    const flags = [
      ...cluster.crisperFlags,
      ...['--database', url],
      ...(application ? ['--jobs-table', 'core_job'] : []),
      ...(config === undefined ? [] : ['--config', cluster.folder.writeConfig(config)]),
    ]
    return new Replicas(cluster, pool, flags, async () => {
      await pool.end()
      await own?.stop()
      await application?.stop()
    })
  }

  /** Those that live. */
  get all(): readonly TestCrisper[] {
    return this.#all.filter(({ child }) => child.exitCode === null && child.signalCode === null)
  }

  async start(options: Parameters<typeof TestCrisper.start>[1] = {}): Promise<TestCrisper> {
    const replica = await TestCrisper.start(this.flags, options)
    this.#all.push(replica)
    return replica
  }

  /** The one that leads, when there is exactly one. */
  async leader(deadlineMs?: number): Promise<TestCrisper> {
    const leaders = await eventually(
      'one to lead',
      () => this.#leaders(),
      ({ length }) => length === 1,
      deadlineMs,
    )
    const [leader] = leaders
    if (leader === undefined) throw new Error('none leads')
    return leader
  }

  async followers(): Promise<readonly TestCrisper[]> {
    const leader = await this.leader()
    return this.all.filter((each) => each !== leader)
  }

  /** Ends them as a service manager does, then the rest. Answers with the exit codes. */
  async stop(): Promise<readonly (number | null)[]> {
    const codes = []
    for (const replica of this.all) codes.push(await replica.end())
    await this.#stopDatabase()
    await this.cluster.stop()
    return codes
  }

  async #leaders(): Promise<TestCrisper[]> {
    const answers = await Promise.all(
      this.all.map(async (replica) => ({ replica, answer: await replica.get('/api/ingest/') })),
    )
    return answers.filter(({ answer }) => answer.body.leads === true).map(({ replica }) => replica)
  }
}
