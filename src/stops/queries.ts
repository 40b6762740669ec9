import { type Kysely, type SqlBool, sql } from 'kysely'
import type { Database } from '../db/schema.js'
import { readCursor, writeCursor } from '../tasks/cursor.js'
import { storable } from '../tasks/storable.js'
import { toStop } from './row.js'
import type { Stop, StopMode, StopStatus } from './stop.js'

/** Which stops are meant; what is absent does not filter. */
export interface StopFilter {
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

function matching(db: Kysely<Database>, filter: StopFilter) {
  let query = db.selectFrom('stop_request')
  if (filter.statuses !== undefined) query = query.where('status', 'in', filter.statuses)
  if (filter.taskId !== undefined) query = query.where('task_id', '=', storable(filter.taskId))
  if (filter.by !== undefined) query = query.where('requested_by', '=', storable(filter.by))
  if (filter.batchId !== undefined) query = query.where('batch_id', '=', filter.batchId)
  if (filter.mode !== undefined) query = query.where('mode', '=', filter.mode)
  if (filter.requestedAfter !== undefined) query = query.where('requested_at', '>=', filter.requestedAfter)
  if (filter.requestedBefore !== undefined) query = query.where('requested_at', '<', filter.requestedBefore)
  return query
}
