import { randomUUID } from 'node:crypto'
import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'
import type { Database, RetentionRunTable } from '../db/schema.js'
import type { RunProgress } from './run.js'

/** A run, as it stands or ended. */
export interface PastRun {
  readonly startedAt: Date
  /** null: it goes on. */
  readonly endedAt: Date | null
  /** null: it ran by itself. */
  readonly by: string | null
  readonly progress: Readonly<RunProgress>
  /** It looked at all there is; one that was ended before is gone on with by the next. */
  readonly through: boolean
  readonly problem: string | null
}

const mostKept = 200
const interrupted = 'Crisper ended before it was through; the next run goes on'

/** Runs in the database, where every Crisper on it sees them. */
export class RunStore {
  readonly #db: Kysely<Database>

  constructor(db: Kysely<Database>) {
    this.#db = db
  }

  /** To be called by whoever holds the lock: others that have not ended were interrupted. */
  async begin(by: string | null, at: Date): Promise<string> {
    const id = randomUUID()
    await this.#db.transaction().execute(async (trx) => {
      await trx
        .updateTable('retention_run')
        .set({ ended_at: at, problem: interrupted })
        .where('ended_at', 'is', null)
        .execute()
      await trx.insertInto('retention_run').values({ id, started_at: at, requested_by: by }).execute()
      await trx
        .deleteFrom('retention_run')
        .where('id', 'in', (old) =>
          old.selectFrom('retention_run').select('id').orderBy('started_at', 'desc').offset(mostKept),
        )
        .execute()
    })
    return id
  }

  async tell(id: string, progress: Readonly<RunProgress>): Promise<void> {
    await this.#db.updateTable('retention_run').set(columnsOf(progress)).where('id', '=', id).execute()
  }

  async end(
    id: string,
    progress: Readonly<RunProgress>,
    how: { readonly through: boolean; readonly problem: string | null },
  ): Promise<void> {
    await this.#db
      .updateTable('retention_run')
      .set({ ...columnsOf(progress), ...how, ended_at: new Date() })
      .where('id', '=', id)
      .execute()
  }

  /** Newest first. */
  async latest(limit: number): Promise<PastRun[]> {
    const rows = await this.#db
      .selectFrom('retention_run')
      .selectAll()
      .orderBy('started_at', 'desc')
      .limit(limit)
      .execute()
    return rows.map(toRun)
  }
}

function columnsOf(progress: Readonly<RunProgress>) {
  return {
    looked: progress.looked,
    deleted: JSON.stringify(progress.deleted),
    skipped: progress.skipped,
    stops: progress.stops,
    archived_tasks: progress.archivedTasks,
    archived_bytes: progress.archivedBytes,
  }
}

const counts = z.record(z.string(), z.number())

function toRun(row: Selectable<RetentionRunTable>): PastRun {
  return {
    startedAt: row.started_at,
    endedAt: row.ended_at,
    by: row.requested_by,
    progress: {
      looked: Number(row.looked),
      deleted: counts.parse(row.deleted),
      skipped: Number(row.skipped),
      stops: Number(row.stops),
      archivedTasks: Number(row.archived_tasks),
      archivedBytes: Number(row.archived_bytes),
    },
    through: row.through,
    problem: row.problem,
  }
}
