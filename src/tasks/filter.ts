import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Scope } from '../access/scope.js'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import type { Database } from '../db/schema.js'
import { type JobState, jobStates } from './job.js'
import { likePattern } from './like-pattern.js'
import { storable } from './storable.js'
import { type OwnerColumns, ofJobs, ofTypes, visibleTo } from './visible.js'

/** Which jobs are meant; what is absent does not filter. Lists mean "any of". */
export interface TaskFilter {
  /** What who asks may know of. */
  readonly scope: Scope
  readonly taskTypes?: readonly string[] | undefined
  readonly states?: readonly JobState[] | undefined
  readonly kind?: string | undefined
  /** Matches the tenant of that id, or `meta.company_id` as a number or as a string. */
  readonly companyId?: string | undefined
  readonly tenantId?: string | undefined
  readonly createdById?: number | string | undefined
  readonly worker?: string | undefined
  readonly queue?: string | undefined
  readonly taskName?: string | undefined
  readonly hoursAgo?: number | undefined
  readonly createdAfter?: Date | undefined
  readonly createdBefore?: Date | undefined
  /** The task that started the workflow: it and all that came of it. */
  readonly rootId?: string | undefined
  /** Whether nobody has them although they should run (lost.ts). */
  readonly lost?: boolean | undefined
  /** The start of a task id, or a part of a task name in any case. */
  readonly search?: string | undefined
}

/**
 * The same filter for a table that has no index on created_at alone: naming every state lets a window of time be read by
 * the index on state and time.
 */
export function byStateAndTime(filter: TaskFilter, { hasTimeIndex }: JobsTable): TaskFilter {
  const hasWindow = filter.hoursAgo !== undefined || filter.createdAfter !== undefined
  return hasTimeIndex || !hasWindow || filter.states !== undefined ? filter : { ...filter, states: jobStates }
}

type Jobs = ExpressionBuilder<Database, 'job'>

/** The type of a job: `meta.task_type`, and for rows that something else wrote without it, its kind. */
export const taskTypeSql = sql<string>`coalesce(meta ->> 'task_type', kind)`

/** The conditions of a filter. Each relies on the index of its column with created_at, or narrows what one of those found. */
export function conditions(eb: Jobs, filter: TaskFilter): Expression<SqlBool> {
  const parts = dimensionConditions(eb, filter)
  if (filter.worker !== undefined) parts.push(eb('worker', '=', storable(filter.worker)))
  if (filter.queue !== undefined) parts.push(eb('queue', '=', storable(filter.queue)))
  if (filter.createdById !== undefined) parts.push(eb('created_by_id', '=', filter.createdById))
  if (filter.hoursAgo !== undefined) parts.push(eb('created_at', '>=', hoursBack(filter.hoursAgo)))
  if (filter.createdAfter !== undefined) parts.push(eb('created_at', '>=', filter.createdAfter))
  if (filter.createdBefore !== undefined) parts.push(eb('created_at', '<', filter.createdBefore))
  if (filter.rootId !== undefined) parts.push(belongsTo(eb, filter.rootId))
  if (filter.lost !== undefined) parts.push(isLost(filter.lost))
  if (filter.search !== undefined) parts.push(matches(eb, filter.search))
  return eb.and(parts)
}

/** Those on what jobs are counted by, which rollups have too: there `columns` says under which names. */
export function dimensionConditions(
  eb: Jobs,
  filter: TaskFilter,
  columns: OwnerColumns = ofJobs,
): Expression<SqlBool>[] {
  const parts = visibleTo(eb, filter.scope, columns)
  const equals = (column: 'kind' | 'tenant_id' | 'task_name', value: string | undefined) => {
    if (value !== undefined) parts.push(eb(column, '=', storable(value)))
  }
  if (filter.states !== undefined) parts.push(eb('state', 'in', filter.states))
  if (filter.taskTypes !== undefined) parts.push(eb.or(ofTypes(filter.taskTypes, columns)))
  equals('kind', filter.kind)
  equals('tenant_id', filter.tenantId)
  equals('task_name', filter.taskName)
  if (filter.companyId !== undefined) {
    const company = storable(filter.companyId)
    parts.push(eb.or([eb('tenant_id', '=', company), sql<SqlBool>`${columns.company} = ${company}`]))
  }
  return parts
}

export function hoursBack(hours: number): Date {
  return new Date(Date.now() - hours * 3_600_000)
}

/** By the partial index on root_id, which leaves out the roots themselves. */
function belongsTo(eb: Jobs, rootId: string): Expression<SqlBool> {
  const root = storable(rootId)
  return eb.or([
    eb('task_id', '=', root),
    eb('task_id', 'in', (details) =>
      details
        .selectFrom('task_detail')
        .select('task_detail.task_id')
        .where('task_detail.root_id', '=', root)
        .whereRef('task_detail.root_id', '<>', 'task_detail.task_id'),
    ),
  ])
}

/**
 * By the partial index on lost_at. The lost ones, mostly few, are read first and looked up by their ids: as an array, since
 * the planner would rather read all jobs in order until enough of them are lost.
 */
function isLost(lost: boolean): Expression<SqlBool> {
  return lost ? sql<SqlBool>`task_id = any(array(${lostIds}))` : sql<SqlBool>`task_id not in (${lostIds})`
}

/**
 * Through JSON and back, the ids have no collation of ours any more: comparing with those that are sorted by bytes could
 * not use the index of an application's table.
 */
const lostIds = sql`
  select to_jsonb(lost.task_id) #>> '{}'
    from task_detail lost
   where lost.lost_at is not null`

/** Names are looked up in the short list of all names; ids by their start, in the unique index. */
function matches(eb: Jobs, text: string): Expression<SqlBool> {
  const pattern = likePattern(text)
  return eb.or([
    eb('task_id', 'like', `${pattern}%`),
    eb('task_name', 'in', (names) =>
      names.selectFrom('task_name').select('task_name.name').where('task_name.name', 'ilike', `%${pattern}%`),
    ),
  ])
}
