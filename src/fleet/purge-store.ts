import { randomUUID } from 'node:crypto'
import { type Kysely, type Selectable, sql } from 'kysely'
import { inSlices } from '../db/in-slices.js'
import type { Database, QueuePurgeTable } from '../db/schema.js'
import { exportDays, type Purge, type PurgeOrder } from './purge.js'
import type { ExportLine } from './purge-line.js'

/** What a slice of a purge has done. */
export interface PurgedSlice {
  /** Where in the export it begins. */
  readonly start: number
  /** Of each message of the slice whether it was deleted. */
  readonly deleted: readonly boolean[]
  readonly lines: readonly ExportLine[]
}

/** Seconds after which a purge that has neither ended nor deleted anything is taken for interrupted. */
const silentAfter = 120
/** Rows deleted at a time, so that nobody waits for it. */
const deletedAtOnce = 1000
const mostListed = 50

/** Purges and their exports in the database. */
export class PurgeStore {
  readonly #db: Kysely<Database>

  constructor(db: Kysely<Database>) {
    this.#db = db
  }

  async create({ queue, by, reason }: PurgeOrder, waiting: number): Promise<Purge> {
    const now = new Date()
    const row = await this.#db
      .insertInto('queue_purge')
      .values({
        id: randomUUID(),
        queue,
        requested_by: by,
        reason,
        requested_at: now,
        touched_at: now,
        waiting,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    return toPurge(row)
  }

  /** Keeps messages that are about to be deleted, from that position of the export on. */
  async keep(id: string, start: number, lines: readonly ExportLine[]): Promise<void> {
    const texts = lines.map(({ line }) => line)
    await sql`
      insert into purged_message (purge_id, position, line)
      select ${id}::uuid, ${start} + nth - 1, line
        from unnest(${texts}::text[]) with ordinality as kept(line, nth)`.execute(this.#db)
  }

  /** Takes out of the export what was not deleted, and counts. */
  async settle(id: string, { start, deleted, lines }: PurgedSlice): Promise<void> {
    const spared = deleted.flatMap((gone, index) => (gone ? [] : [start + index]))
    const incomplete = lines.filter((line, index) => line.incomplete && deleted[index] === true).length
    await sql`
      with spared as (
        delete from purged_message where purge_id = ${id}::uuid and position = any(${spared}::int[])
      )
      update queue_purge
         set deleted = deleted + ${deleted.length - spared.length}, taken = taken + ${spared.length},
             incomplete = incomplete + ${incomplete}, touched_at = now()
       where id = ${id}::uuid`.execute(this.#db)
  }

  async end(id: string, problem: string | null): Promise<void> {
    await this.#db
      .updateTable('queue_purge')
      .set({ ended_at: new Date(), problem })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .execute()
  }

  async find(id: string): Promise<Purge | undefined> {
    const row = await this.#db.selectFrom('queue_purge').selectAll().where('id', '=', id).executeTakeFirst()
    return row && toPurge(row)
  }

  /** Of a queue, newest first. */
  async list(queue: string): Promise<Purge[]> {
    const rows = await this.#db
      .selectFrom('queue_purge')
      .selectAll()
      .where('queue', '=', queue)
      .orderBy('requested_at', 'desc')
      .limit(mostListed)
      .execute()
    return rows.map(toPurge)
  }

  /** The lines of an export, in slices. */
  async *lines(id: string): AsyncGenerator<string> {
    let after = -1
    for (;;) {
      const rows = await this.#db
        .selectFrom('purged_message')
        .select(['position', 'line'])
        .where('purge_id', '=', id)
        .where('position', '>', after)
        .orderBy('position')
        .limit(100)
        .execute()
      if (rows.length === 0) return
      yield rows.map(({ line }) => `${line}\n`).join('')
      after = rows.at(-1)?.position ?? after
    }
  }

  /** Whether a queue is being purged, as far as can be told: the last that was left behind ended a while ago. */
  async goesOn(queue: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('queue_purge')
      .select('id')
      .where('queue', '=', queue)
      .where('ended_at', 'is', null)
      .where(sql<boolean>`touched_at >= now() - ${silentAfter} * interval '1 s'`)
      .limit(1)
      .executeTakeFirst()
    return row !== undefined
  }

  /** Ends those that a Crisper left behind when it ended. */
  async endInterrupted(): Promise<void> {
    await this.#db
      .updateTable('queue_purge')
      .set({
        ended_at: new Date(),
        problem: 'Crisper ended before it was through: the last messages of the export may wait still',
      })
      .where('ended_at', 'is', null)
      .where(sql<boolean>`touched_at < now() - ${silentAfter} * interval '1 s'`)
      .execute()
  }

  /** Forgets what is too old, some rows at a time. */
  async forgetOld(): Promise<void> {
    const old = sql`select id from queue_purge where requested_at < now() - ${exportDays} * interval '1 day'`
    await inSlices(deletedAtOnce, (size) =>
      sql`
        delete from purged_message
         where (purge_id, position) in (
           select purge_id, position from purged_message where purge_id in (${old}) limit ${size})`.execute(
        this.#db,
      ),
    )
    await sql`delete from queue_purge where id in (${old})`.execute(this.#db)
  }
}

function toPurge(row: Selectable<QueuePurgeTable>): Purge {
  return {
    id: row.id,
    queue: row.queue,
    by: row.requested_by,
    reason: row.reason,
    requestedAt: row.requested_at,
    endedAt: row.ended_at,
    waiting: row.waiting,
    deleted: row.deleted,
    taken: row.taken,
    incomplete: row.incomplete,
    problem: row.problem,
  }
}
