import { type Kysely, type Selectable, sql } from 'kysely'
import { z } from 'zod'
import type { Database, StopRequestTable } from '../db/schema.js'
import type { Evidence, Stop, StopMode, StopReply, StopStatus } from './stop.js'

const replies = z.array(z.object({ worker: z.string(), at: z.string(), ok: z.boolean(), text: z.string() }))
const evidence = z
  .object({
    event: z.string(),
    worker: z.string().nullable(),
    at: z.string(),
    terminated: z.boolean().exactOptional(),
  })
  .nullable()
const mode = z.enum(['soft', 'hard'])
const status = z.enum(['requested', 'sent', 'armed', 'stopped', 'finished', 'failed', 'expired'])

export interface NewStop {
  readonly id: string
  readonly taskId: string
  readonly mode: StopMode
  readonly requestedBy: string
  readonly reason: string | null
  readonly known: boolean
}

/** What may change about a stop. */
export interface StopChange {
  readonly status: StopStatus
  readonly explanation: string
  readonly evidence?: Evidence
  readonly ended?: boolean
}

/** Stop requests in the database. */
export class StopStore {
  readonly #db: Kysely<Database>

  constructor(db: Kysely<Database>) {
    this.#db = db
  }

  async create(stop: NewStop): Promise<Stop> {
    const row = await this.#db
      .insertInto('stop_request')
      .values({
        id: stop.id,
        task_id: stop.taskId,
        mode: stop.mode,
        status: 'requested',
        requested_by: stop.requestedBy,
        reason: stop.reason,
        requested_at: new Date(),
        sent_at: null,
        ended_at: null,
        known: stop.known,
        replies: '[]',
        evidence: null,
        explanation: 'Asked for, not yet sent.',
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    return toStop(row)
  }

  /** Changes a stop that is still open; undefined where it has ended meanwhile. */
  async change(id: string, change: StopChange): Promise<Stop | undefined> {
    const row = await this.#db
      .updateTable('stop_request')
      .set({
        status: change.status,
        explanation: change.explanation,
        ...(change.evidence && { evidence: JSON.stringify(change.evidence) }),
        ...(change.ended && { ended_at: new Date() }),
      })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .returningAll()
      .executeTakeFirst()
    return row && toStop(row)
  }

  /** Notes that these were sent (again) at that time. */
  async sent(ids: readonly string[], at: Date): Promise<void> {
    if (ids.length === 0) return
    await this.#db
      .updateTable('stop_request')
      .set((eb) => ({ sent_at: at, sent_count: eb('sent_count', '+', 1) }))
      .where('id', 'in', ids)
      .execute()
  }

  async addReplies(id: string, more: readonly StopReply[]): Promise<void> {
    if (more.length === 0) return
    await this.#db
      .updateTable('stop_request')
      .set({ replies: sql<string>`replies || ${JSON.stringify(more)}::jsonb` })
      .where('id', '=', id)
      .execute()
  }

  /** All that are not ended, newest first. */
  async open(limit: number): Promise<Stop[]> {
    const rows = await this.#db
      .selectFrom('stop_request')
      .selectAll()
      .where('ended_at', 'is', null)
      .orderBy('requested_at', 'desc')
      .limit(limit)
      .execute()
    return rows.map(toStop)
  }

  async find(id: string): Promise<Stop | undefined> {
    const row = await this.#db.selectFrom('stop_request').selectAll().where('id', '=', id).executeTakeFirst()
    return row && toStop(row)
  }
}

function toStop(row: Selectable<StopRequestTable>): Stop {
  return {
    id: row.id,
    taskId: row.task_id,
    mode: mode.parse(row.mode),
    status: status.parse(row.status),
    requestedBy: row.requested_by,
    reason: row.reason,
    requestedAt: row.requested_at,
    sentAt: row.sent_at,
    sentCount: row.sent_count,
    endedAt: row.ended_at,
    known: row.known,
    replies: replies.parse(row.replies),
    evidence: evidence.parse(row.evidence),
    explanation: row.explanation,
  }
}
