import { randomUUID } from 'node:crypto'
import { type Kysely, type Selectable, sql } from 'kysely'
import { everything, isEverything } from '../access/scope.js'
import type { Database, StopBatchTable } from '../db/schema.js'
import { runningStates } from '../tasks/job.js'
import { UnexpectedCount } from './errors.js'
import { insertStops, matching, type Selection } from './selection.js'
import { openStatuses, type StopOrder, type StopStatus, sourcesOf, stopStatuses } from './stop.js'

/** How many tasks the caller expects to stop; off by more than `within`, nothing is stopped. */
export interface Expected {
  readonly count: number
  readonly within: number
}

export interface StopBatch {
  readonly id: string
  readonly mode: string
  readonly by: string
  readonly reason: string | null
  readonly requestedAt: Date
  /** The filter as it was asked; null for a list of ids. */
  readonly filter: unknown
  readonly rootId: string | null
  /** Stops in it. */
  readonly total: number
  readonly cancelledAt: Date | null
  /** Its stops by their state. */
  readonly counts: Readonly<Record<StopStatus, number>>
}

/** A workflow whose further tasks are stopped too. */
export interface WatchedRoot {
  readonly batchId: string
  readonly rootId: string
  readonly until: Date
}

/** What a batch would stop. */
export interface DryRun {
  readonly total: number
  readonly byState: Readonly<Record<string, number>>
  /** Tasks that run, by worker. */
  readonly runningOn: Readonly<Record<string, number>>
}

/** Milliseconds for which the later tasks of a stopped workflow are awaited. */
const watchMs = 24 * 3_600_000

/** Stops in bulk. A batch is nothing but many stops, written in one statement, that are then sent in turn. */
export class BatchStore {
  readonly #db: Kysely<Database>
  readonly #onCancelled: (ids: readonly string[]) => void

  /** `onCancelled` is told which stops were; must not throw. */
  constructor(db: Kysely<Database>, onCancelled: (ids: readonly string[]) => void = () => undefined) {
    this.#db = db
    this.#onCancelled = onCancelled
  }

  /**
   * Writes the batch and its stops, all or nothing. Tasks that have ended, or that an open stop of this mode or a harder
   * one names already, are left out. Rejects with UnexpectedCount.
   */
  async create(order: StopOrder, selection: Selection, expected: Expected | undefined): Promise<string> {
    const id = randomUUID()
    return await this.#db.transaction().execute(async (trx) => {
      const inserted = await insertStops(trx, id, order, selection)
      if (expected !== undefined && Math.abs(inserted - expected.count) > expected.within) {
        throw new UnexpectedCount(inserted, told(expected))
      }
      await trx
        .insertInto('stop_batch')
        .values({
          id,
          mode: order.mode,
          requested_by: order.by,
          reason: order.reason,
          requested_at: new Date(),
          filter: 'asked' in selection ? JSON.stringify(selection.asked) : null,
          root_id: watchedRoot(selection),
          total: inserted,
          cancelled_at: null,
        })
        .execute()
      return id
    })
  }

  async dryRun(order: StopOrder, selection: Selection): Promise<DryRun> {
    const rows = await matching(this.#db, order, selection)
      .select([
        sql<string>`coalesce(state, 'unknown')`.as('state'),
        sql<string | null>`case when state in (${sql.join(runningStates)}) then worker end`.as('worker'),
        sql<number>`count(*)::int`.as('n'),
      ])
      .groupBy([sql`1`, sql`2`])
      .execute()
    const byState: Record<string, number> = {}
    const runningOn: Record<string, number> = {}
    for (const { state, worker, n } of rows) {
      byState[state] = (byState[state] ?? 0) + n
      if (worker !== null) runningOn[worker] = (runningOn[worker] ?? 0) + n
    }
    return { total: rows.reduce((sum, { n }) => sum + n, 0), byState, runningOn }
  }

  async find(id: string): Promise<StopBatch | undefined> {
    const row = await this.#db.selectFrom('stop_batch').selectAll().where('id', '=', id).executeTakeFirst()
    if (row === undefined) return undefined
    return toBatch(row, (await this.#counts([id])).get(id))
  }

  /** The newest; `by`: only what was asked for by them. */
  async list(limit: number, by?: string): Promise<StopBatch[]> {
    const rows = await this.#db
      .selectFrom('stop_batch')
      .selectAll()
      .$if(by !== undefined, (query) => query.where('requested_by', '=', by ?? ''))
      .orderBy('requested_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
    const counts = await this.#counts(rows.map(({ id }) => id))
    return rows.map((row) => toBatch(row, counts.get(row.id)))
  }

  /** Takes back what has not taken effect; answers with the stops that were armed, `limit` at a time. */
  async cancel(id: string, explanation: string, limit: number): Promise<CancelledStop[]> {
    await this.#db
      .updateTable('stop_batch')
      .set({ cancelled_at: new Date(), root_id: null })
      .where('id', '=', id)
      .where('cancelled_at', 'is', null)
      .execute()
    const cancelled = await this.#db
      .updateTable('stop_request')
      .set({ status: 'cancelled', explanation, ended_at: new Date() })
      .where('id', 'in', (some) =>
        some
          .selectFrom('stop_request')
          .select('id')
          .where('batch_id', '=', id)
          .where('status', 'in', sourcesOf('cancelled'))
          .limit(limit),
      )
      .returning(['id', 'task_id as taskId', 'prior_state as priorState'])
      .execute()
    this.#onCancelled(cancelled.map(({ id }) => id))
    return cancelled
  }

  /** Which of these stops still wait for their turn: some may have been cancelled since they were read. */
  async stillWaiting(ids: readonly string[]): Promise<Set<string>> {
    const rows = await this.#db
      .selectFrom('stop_request')
      .select('id')
      .where(sql<boolean>`id = any(${ids}::uuid[])`)
      .where('status', '=', 'requested')
      .execute()
    return new Set(rows.map(({ id }) => id))
  }

  async watchedRoots(): Promise<WatchedRoot[]> {
    const rows = await this.#db
      .selectFrom('stop_batch')
      .select(['id', 'root_id', 'requested_at'])
      .where('root_id', 'is not', null)
      .where('requested_at', '>', new Date(Date.now() - watchMs))
      .execute()
    return rows.flatMap(({ id, root_id, requested_at }) =>
      root_id === null
        ? []
        : [{ batchId: id, rootId: root_id, until: new Date(requested_at.getTime() + watchMs) }],
    )
  }

  /** Further tasks of a workflow that is being stopped join its batch. */
  async join(batchId: string, taskIds: readonly string[]): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      const batch = await trx
        .selectFrom('stop_batch')
        .selectAll()
        .where('id', '=', batchId)
        .where('cancelled_at', 'is', null)
        .forUpdate()
        .executeTakeFirst()
      if (batch === undefined) return
      const order: StopOrder = {
        mode: batch.mode === 'hard' ? 'hard' : 'soft',
        by: batch.requested_by,
        reason: batch.reason,
        signal: null,
        escalateAfter: null,
        cooperative: false,
      }
      const inserted = await insertStops(trx, batchId, order, { taskIds, scope: everything })
      await trx
        .updateTable('stop_batch')
        .set((eb) => ({ total: eb('total', '+', inserted) }))
        .where('id', '=', batchId)
        .execute()
    })
  }

  async #counts(ids: readonly string[]): Promise<Map<string, Record<StopStatus, number>>> {
    const counts = new Map<string, Record<StopStatus, number>>()
    if (ids.length === 0) return counts
    const rows = await this.#db
      .selectFrom('stop_request')
      .select(['batch_id', 'status', sql<number>`count(*)::int`.as('n')])
      .where('batch_id', 'in', ids)
      .groupBy(['batch_id', 'status'])
      .execute()
    for (const { batch_id, status, n } of rows) {
      if (batch_id === null) continue
      const known = counts.get(batch_id) ?? noCounts()
      const named = stopStatuses.find((each) => each === status)
      if (named !== undefined) known[named] = n
      counts.set(batch_id, known)
    }
    return counts
  }
}

/**
 * The workflow whose later tasks are to join. Who may not see all tasks stops only those that are there: whose the later
 * ones will be is not known.
 */
function watchedRoot(selection: Selection): string | null {
  if (!('filter' in selection) || !isEverything(selection.filter.scope)) return null
  return selection.filter.rootId ?? null
}

export interface CancelledStop {
  readonly id: string
  readonly taskId: string
  readonly priorState: string | null
}

/** Whether anything of it is still under way. */
export function isDone({ counts }: StopBatch): boolean {
  return openStatuses.every((status) => counts[status] === 0)
}

function toBatch(row: Selectable<StopBatchTable>, counts: Record<StopStatus, number> | undefined): StopBatch {
  return {
    id: row.id,
    mode: row.mode,
    by: row.requested_by,
    reason: row.reason,
    requestedAt: row.requested_at,
    filter: row.filter,
    rootId: row.root_id,
    total: row.total,
    cancelledAt: row.cancelled_at,
    counts: counts ?? noCounts(),
  }
}

function noCounts(): Record<StopStatus, number> {
  return {
    requested: 0,
    sent: 0,
    armed: 0,
    stopped: 0,
    finished: 0,
    failed: 0,
    expired: 0,
    cancelled: 0,
  }
}

function told({ count, within }: Expected): string {
  return within === 0 ? `the ${count} expected` : `the ${count} ± ${within} expected`
}
