import { randomUUID } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/schema.js'
import { orderColumns, toStop } from './row.js'
import {
  type Evidence,
  isOpen,
  type Sending,
  type Stop,
  type StopOrder,
  type StopReply,
  type StopStatus,
  sourcesOf,
  type Target,
} from './stop.js'

export interface NewStop {
  readonly taskId: string
  readonly order: StopOrder
  readonly known: boolean
  readonly priorState: string | null
  readonly target: Target | null
}

/** What lists of tasks tell of a stop. */
export interface StopSummary {
  readonly id: string
  readonly mode: string
  readonly status: string
  readonly requestedAt: Date
  readonly by: string
}

/** What may change about a stop. */
export interface StopChange {
  readonly id: string
  readonly status: StopStatus
  readonly explanation: string
  readonly evidence?: Evidence
}

/** Must not throw. */
export interface StopListeners {
  /** Told of the stops whose state or explanation was changed. */
  readonly onChanged: (stops: readonly Stop[]) => void
  /** Told the ids of all that was written, whatever of it. */
  readonly onWritten: (ids: readonly string[]) => void
}

/** Replies and sendings kept of one stop: the last so many. The number of sendings is counted beside. */
const mostKept = 50

/** Stop requests in the database. Every change of state passes the state machine (stop.ts), whoever writes. */
export class StopStore {
  readonly #db: Kysely<Database>

  readonly #listeners: StopListeners

  constructor(db: Kysely<Database>, listeners: Partial<StopListeners> = {}) {
    this.#db = db
    this.#listeners = { onChanged: () => undefined, onWritten: () => undefined, ...listeners }
  }

  async create({ taskId, order, known, priorState, target }: NewStop): Promise<Stop> {
    const row = await this.#db
      .insertInto('stop_request')
      .values({
        id: randomUUID(),
        task_id: taskId,
        ...orderColumns(order),
        status: 'requested',
        requested_at: new Date(),
        known,
        prior_state: priorState,
        target: target && JSON.stringify(target),
        replies: '[]',
        explanation: 'Asked for, not yet sent.',
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    this.#listeners.onWritten([row.id])
    return toStop(row)
  }

  /**
   * Changes stops, all in one statement. Those whose state can't be followed by the new one (they have ended meanwhile)
   * are left alone and not returned.
   */
  async change(changes: readonly StopChange[]): Promise<Stop[]> {
    if (changes.length === 0) return []
    const input = changes.map(({ id, status, explanation, evidence }) => ({
      id,
      status,
      explanation,
      evidence: evidence ?? null,
      ended: !isOpen(status),
      sources: sourcesOf(status),
    }))
    const rows = await this.#db
      .updateTable('stop_request as s')
      .from(
        sql<{
          id: string
          status: string
          explanation: string
          evidence: string | null
          ended: boolean
          sources: string[]
        }>`json_to_recordset(${JSON.stringify(input)}::json)`.as<'x'>(
          sql`x(id uuid, status text, explanation text, evidence jsonb, ended boolean, sources text[])`,
        ),
      )
      .set((eb) => ({
        status: eb.ref('x.status'),
        explanation: eb.ref('x.explanation'),
        evidence: sql<string>`coalesce(x.evidence, s.evidence)`,
        ended_at: sql<Date | null>`case when x.ended then now() end`,
      }))
      .whereRef('s.id', '=', 'x.id')
      .where(sql<boolean>`s.status = any(x.sources)`)
      .returningAll('s')
      .execute()
    const changed = rows.map(toStop)
    this.#listeners.onChanged(changed)
    this.#listeners.onWritten(changed.map(({ id }) => id))
    return changed
  }

  /**
   * Notes that these were sent and what was answered. `sent_at` and `sent_count` are of what was sent to all workers; of a
   * sending at intervals nothing else is kept.
   */
  async sent(
    ids: readonly string[],
    at: Date,
    sending: Sending,
    replies: readonly StopReply[],
  ): Promise<void> {
    if (ids.length === 0) return
    const isTold = sending.why !== 'interval'
    await this.#db
      .updateTable('stop_request')
      .set((eb) => ({
        ...(sending.worker === null && { sent_at: at, sent_count: eb('sent_count', '+', 1) }),
        ...(isTold && { sendings: appended('sendings', [sending]) }),
        ...(isTold && replies.length > 0 && { replies: appended('replies', replies) }),
        ...(sending.why === 'escalation' && { escalated_at: at }),
      }))
      .where(sql<boolean>`id = any(${ids}::uuid[])`)
      .execute()
    this.#listeners.onWritten(ids)
  }

  async setTargets(stops: readonly Pick<Stop, 'id' | 'target'>[]): Promise<void> {
    if (stops.length === 0) return
    const input = stops.map(({ id, target }) => ({ id, target }))
    await this.#db
      .updateTable('stop_request as s')
      .from(
        sql<{ id: string; target: string }>`json_to_recordset(${JSON.stringify(input)}::json)`.as<'x'>(
          sql`x(id uuid, target jsonb)`,
        ),
      )
      .set((eb) => ({ target: eb.ref('x.target') }))
      .whereRef('s.id', '=', 'x.id')
      .execute()
  }

  /** Open ones that workers are or should be told about, newest first: all but those of a batch that wait their turn. */
  async open(limit: number): Promise<Stop[]> {
    return (await this.#open(limit).selectAll().execute()).map(toStop)
  }

  /** The ids of the same. */
  async openIds(limit: number): Promise<string[]> {
    return (await this.#open(limit).select('id').execute()).map(({ id }) => id)
  }

  #open(limit: number) {
    return this.#db
      .selectFrom('stop_request')
      .where('ended_at', 'is', null)
      .where((eb) => eb.or([eb('batch_id', 'is', null), eb('status', '<>', 'requested')]))
      .orderBy('requested_at', 'desc')
      .limit(limit)
  }

  /** Which of these tasks an open stop names. */
  async stillStopped(taskIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.#db
      .selectFrom('stop_request')
      .select('task_id')
      .where(sql<boolean>`task_id = any(${taskIds}::text[])`)
      .where('ended_at', 'is', null)
      .execute()
    return new Set(rows.map(({ task_id }) => task_id))
  }

  /**
   * The next of the batches, the oldest tasks of every queue in turn: workers take them in that order, and can remember
   * only so many ids.
   */
  async nextWaiting(limit: number): Promise<Stop[]> {
    const rows = await this.#db
      .with('turn', (db) =>
        db
          .selectFrom('stop_request')
          .select('id')
          .select(sql<string>`row_number() over (partition by queue order by task_created_at)`.as('place'))
          .where('status', '=', 'requested')
          .where('batch_id', 'is not', null)
          .orderBy('place')
          .limit(limit),
      )
      .selectFrom('stop_request')
      .innerJoin('turn', 'turn.id', 'stop_request.id')
      .selectAll('stop_request')
      .orderBy('turn.place')
      .execute()
    return rows.map(toStop)
  }

  async find(id: string): Promise<Stop | undefined> {
    return (await this.findMany([id]))[0]
  }

  async findMany(ids: readonly string[]): Promise<Stop[]> {
    const rows = await this.#db
      .selectFrom('stop_request')
      .selectAll()
      .where(sql<boolean>`id = any(${ids}::uuid[])`)
      .execute()
    return rows.map(toStop)
  }

  /** The newest stop of each of these tasks, by task id: what a list of tasks shows of it. */
  async latestOf(taskIds: readonly string[]): Promise<Map<string, StopSummary>> {
    if (taskIds.length === 0) return new Map()
    const rows = await this.#db
      .selectFrom('stop_request')
      .select(['task_id', 'id', 'mode', 'status', 'requested_at as requestedAt', 'requested_by as by'])
      .distinctOn('task_id')
      .where(sql<boolean>`task_id = any(${taskIds}::text[])`)
      .orderBy('task_id')
      .orderBy('requested_at', 'desc')
      .execute()
    return new Map(rows.map(({ task_id, ...summary }) => [task_id, summary]))
  }

  /** Stops of these tasks that were believed; what the tasks did since may say otherwise. */
  async stoppedOf(taskIds: readonly string[]): Promise<Stop[]> {
    if (taskIds.length === 0) return []
    const rows = await this.#db
      .selectFrom('stop_request')
      .selectAll()
      .where(sql<boolean>`task_id = any(${taskIds}::text[])`)
      .where('status', '=', 'stopped')
      .execute()
    return rows.map(toStop)
  }
}

function appended(column: 'replies' | 'sendings', more: readonly object[]) {
  const all = sql`(${sql.ref(column)} || ${JSON.stringify(more)}::jsonb)`
  return sql<string>`case when jsonb_array_length(${all}) <= ${mostKept} then ${all}
    else jsonb_path_query_array(${all}, ${`$[last - ${mostKept - 1} to last]`}::jsonpath) end`
}
