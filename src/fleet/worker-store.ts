import { type Kysely, sql } from 'kysely'
import { type PoolKind, poolKinds } from '../celery/control.js'
import type { Database } from '../db/schema.js'
import { storable } from '../tasks/storable.js'
import type { RememberedWorker } from './workers.js'

/** Rows kept at most: those seen last. */
export const mostRemembered = 5_000
/** Days for which a worker that is gone is remembered. */
const daysRemembered = 7

/** Workers in the database, for the time after a restart of ours. */
export class WorkerStore {
  readonly #db: Kysely<Database>

  constructor(db: Kysely<Database>) {
    this.#db = db
  }

  async load(): Promise<RememberedWorker[]> {
    const rows = await this.#db
      .selectFrom('worker')
      .selectAll()
      .orderBy('last_seen_at', 'desc')
      .limit(mostRemembered)
      .execute()
    return rows.map((row) => ({
      name: row.name,
      firstSeenAt: row.first_seen_at.getTime() / 1000,
      lastSeenAt: row.last_seen_at.getTime() / 1000,
      stopped: row.stopped,
      restarts: row.restarts,
      pid: row.pid === null ? null : Number(row.pid),
      pool: readPool(row.pool),
      concurrency: row.concurrency,
      version: row.version,
    }))
  }

  /** One statement, however many. Names must be `isStorable`. */
  async save(workers: readonly RememberedWorker[]): Promise<void> {
    if (workers.length === 0) return
    // As one JSON document: columns of several thousand rows would exceed the parameters of a statement.
    const rows = JSON.stringify(
      workers.map((worker) => ({
        name: worker.name,
        first_seen_at: new Date(worker.firstSeenAt * 1000),
        last_seen_at: new Date(worker.lastSeenAt * 1000),
        stopped: worker.stopped,
        restarts: worker.restarts,
        pid: worker.pid,
        pool: worker.pool,
        concurrency: worker.concurrency,
        version: worker.version === null ? null : storable(worker.version),
      })),
    )
    await sql`
      insert into worker
      select * from json_populate_recordset(null::worker, ${rows}::json)
      on conflict (name) do update
         set first_seen_at = least(worker.first_seen_at, excluded.first_seen_at),
             last_seen_at = greatest(worker.last_seen_at, excluded.last_seen_at),
             stopped = excluded.stopped,
             restarts = excluded.restarts,
             pid = coalesce(excluded.pid, worker.pid),
             pool = coalesce(excluded.pool, worker.pool),
             concurrency = coalesce(excluded.concurrency, worker.concurrency),
             version = coalesce(excluded.version, worker.version)`.execute(this.#db)
  }

  /** Deletes those that are gone for long, and the oldest beyond what is kept. Uses worker_last_seen_at. */
  async forgetOld(): Promise<void> {
    await sql`
      delete from worker
       where last_seen_at < now() - make_interval(days => ${daysRemembered})
          or last_seen_at < (
               select last_seen_at from worker order by last_seen_at desc offset ${mostRemembered - 1} limit 1
             )`.execute(this.#db)
  }
}

/** Whether PostgreSQL can hold it as it is: what is cut or changed would be another worker's name. */
export function isStorable({ name }: { readonly name: string }): boolean {
  return name.length <= 255 && name === storable(name)
}

function readPool(text: string | null): PoolKind | null {
  return poolKinds.find((kind) => kind === text) ?? null
}
