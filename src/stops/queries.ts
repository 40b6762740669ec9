import { type Kysely, type SqlBool, sql } from 'kysely'
import { isEverything, type Scope } from '../access/scope.js'
import type { Database } from '../db/schema.js'
import { readCursor, writeCursor } from '../tasks/cursor.js'
import { conditions } from '../tasks/filter.js'
import { storable } from '../tasks/storable.js'
import { NoSuchStop } from './errors.js'
import { toStop } from './row.js'
import type { Stop, StopMode, StopStatus } from './stop.js'

/** Which stops are meant; what is absent does not filter. */
export interface StopFilter {
  /** Of which tasks who asks may know. */
  readonly scope: Scope
  readonly statuses?: readonly StopStatus[] | undefined
  readonly taskId?: string | undefined
  readonly by?: string | undefined
  readonly batchId?: string | undefined
  readonly mode?: StopMode | undefined
  readonly requestedAfter?: Date | undefined
  readonly requestedBefore?: Date | undefined
}

export interface StopPage {
  readonly stops: readonly Stop[]
  readonly total: number
  readonly nextCursor: string | null
}

const order = { column: 'requested_at', descending: true }

/** One page of stops, newest first, by the index on (requested_at, id). Throws BadCursor. */
export async function listStops(
  db: Kysely<Database>,
  filter: StopFilter,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<StopPage> {
  const after = page.cursor === undefined ? undefined : readCursor(page.cursor, order)
  const rows = await matching(db, filter)
    .selectAll()
    .select(sql<string>`requested_at::text`.as('order_value'))
    .$if(after !== undefined, (query) =>
      query.where(sql<SqlBool>`(requested_at, id) < (${after?.value}::timestamptz, ${after?.id}::uuid)`),
    )
    .orderBy('requested_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute()
  const { n } = await matching(db, filter)
    .select(sql<number>`count(*)::int`.as('n'))
    .executeTakeFirstOrThrow()
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  const more = last !== undefined && rows.length > page.limit
  return {
    stops: shown.map(toStop),
    total: n,
    nextCursor: more ? writeCursor(order, last.order_value, last.id) : null,
  }
}

/** Throws NoSuchStop, also where it stops a task that the scope does not let through. */
export async function findStop(db: Kysely<Database>, id: string, scope: Scope): Promise<Stop> {
  const row = await within(db, scope).selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new NoSuchStop(id)
  return toStop(row)
}

/** Stops of tasks within a scope. Those of tasks that are not known are within none but the whole. */
function within(db: Kysely<Database>, scope: Scope) {
  const query = db.selectFrom('stop_request')
  if (isEverything(scope)) return query
  return query.where((eb) =>
    eb.exists(
      eb
        .selectFrom('job')
        .select('job.id')
        .whereRef('job.task_id', '=', 'stop_request.task_id')
        .where((job) => conditions(job, { scope })),
    ),
  )
}

function matching(db: Kysely<Database>, filter: StopFilter) {
  let query = within(db, filter.scope)
  if (filter.statuses !== undefined) query = query.where('status', 'in', filter.statuses)
  if (filter.taskId !== undefined) query = query.where('task_id', '=', storable(filter.taskId))
  if (filter.by !== undefined) query = query.where('requested_by', '=', storable(filter.by))
  if (filter.batchId !== undefined) query = query.where('batch_id', '=', filter.batchId)
  if (filter.mode !== undefined) query = query.where('mode', '=', filter.mode)
  if (filter.requestedAfter !== undefined) query = query.where('requested_at', '>=', filter.requestedAfter)
  if (filter.requestedBefore !== undefined) query = query.where('requested_at', '<', filter.requestedBefore)
  return query
}
