import { type Kysely, type Selectable, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { Scope } from '../access/scope.js'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import type { Database } from '../db/schema.js'
import { type Branch, branchesOf } from './branches.js'
import { type Cursor, readCursor, writeCursor } from './cursor.js'
import { byStateAndTime, conditions, type TaskFilter } from './filter.js'
import { isJobState, type Job, type Json } from './job.js'
import { isNullable, type Order, orderColumns } from './order.js'
import { storable } from './storable.js'
import { visibleTo } from './visible.js'

export interface PageRequest {
  readonly table: JobsTable
  readonly filter: TaskFilter
  readonly order: Order
  readonly limit: number
  /** Skips so many rows; with a cursor it must be 0. */
  readonly offset: number
  /** From the page before: `nextCursor`. */
  readonly cursor?: string | undefined
}

export interface JobPage {
  readonly jobs: readonly Job[]
  /** Where the next page starts; null on the last one. */
  readonly nextCursor: string | null
}

/**
 * One page of jobs. Pages by cursor cost the same however deep (keyset on the order column and id); offsets are there
 * for the contract. Rows without a value in the order column come last. Throws BadCursor.
 */
export async function listJobs(db: Kysely<Database>, request: PageRequest): Promise<JobPage> {
  const { table, order, limit } = request
  const filter = byStateAndTime(request.filter, table)
  const branches = order.column === 'created_at' ? await branchesOf(db, filter, table) : []
  const page =
    branches.length === 0
      ? rowsOf(db, { ...request, filter })
      : together(db, { ...request, filter }, branches)
  const rows = await page
    .limit(limit + 1)
    .offset(request.offset)
    .execute()

  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    jobs: shown.map(toJob),
    nextCursor:
      last !== undefined && rows.length > limit ? writeCursor(order, last.order_value, last.id) : null,
  }
}

type PageRows = SelectQueryBuilder<Database, 'job', JobRow & { order_value: string | null }>

/** What matches behind the cursor, in order. */
function rowsOf(db: Kysely<Database>, { filter, order, cursor }: PageRequest): PageRows {
  const after = cursor === undefined ? undefined : readCursor(cursor, order)
  const column = sql.ref(order.column)
  const direction = sql.raw(order.descending ? 'desc' : 'asc')
  return db
    .selectFrom('job')
    .select(jobColumns)
    .select(sql<string | null>`${column}::text`.as('order_value'))
    .where((eb) => conditions(eb, filter))
    .$if(after !== undefined, (query) => query.where(behind(order, after)))
    .orderBy(isNullable(order.column) ? sql`${column} ${direction} nulls last` : sql`${column} ${direction}`)
    .orderBy(sql`id ${direction}`)
}

/** The same by time, each branch read in order by an index, and the heads put together; what is in two of them comes once. */
function together(db: Kysely<Database>, request: PageRequest, branches: readonly Branch[]): PageRows {
  const { order, limit, offset } = request
  const heads = branches.map(
    ({ filter, where = sql<SqlBool>`true` }) =>
      sql`(${rowsOf(db, { ...request, filter })
        .where(where)
        .limit(limit + 1 + offset)})`,
  )
  const direction = order.descending ? 'desc' : 'asc'
  return db
    .selectFrom(
      sql<JobRow & { order_value: string | null }>`(${sql.join(heads, sql` union all `)})`.as('job'),
    )
    .selectAll()
    .distinctOn(['created_at', 'id'])
    .orderBy('created_at', direction)
    .orderBy('id', direction)
    .$castTo()
}

/** Undefined where there is none, or none that the scope lets through. */
export async function findJob(db: Kysely<Database>, taskId: string, scope: Scope): Promise<Job | undefined> {
  const row = await db
    .selectFrom('job')
    .select(jobColumns)
    .where('task_id', '=', storable(taskId))
    .where((eb) => eb.and(visibleTo(eb, scope)))
    .executeTakeFirst()
  return row && toJob(row)
}

/** Those that exist, by task id; whoever asks has been found to be allowed to. */
export async function findJobs(db: Kysely<Database>, taskIds: readonly string[]): Promise<Map<string, Job>> {
  const rows = await db
    .selectFrom('job')
    .select(jobColumns)
    .where(sql<boolean>`task_id = any(${taskIds.map(storable)}::text[])`)
    .execute()
  return new Map(rows.map((row) => [row.task_id, toJob(row)]))
}

/** Those of these tasks that a filter means. */
export async function findMatching(
  db: Kysely<Database>,
  taskIds: readonly string[],
  filter: TaskFilter,
): Promise<Job[]> {
  const rows = await db
    .selectFrom('job')
    .select(jobColumns)
    .where(sql<boolean>`task_id = any(${taskIds}::text[])`)
    .where((eb) => conditions(eb, filter))
    .execute()
  return rows.map(toJob)
}

/** Rows that come after the cursor's. */
function behind(order: Order, after: Cursor | undefined) {
  if (after === undefined) return sql<SqlBool>`true`
  const column = sql.ref(order.column)
  const beyond = sql.raw(order.descending ? '<' : '>')
  if (after.value === null) return sql<SqlBool>`${column} is null and id ${beyond} ${after.id}::uuid`
  const value = sql`${after.value}::${sql.raw(orderColumns[order.column])}`
  const following = sql<SqlBool>`(${column}, id) ${beyond} (${value}, ${after.id}::uuid)`
  return isNullable(order.column) ? sql<SqlBool>`(${following} or ${column} is null)` : following
}

/** Those of the contract, by name: an application's table can have others, which are none of our business. */
const jobColumns = [
  'id',
  'task_id',
  'task_name',
  'queue',
  'worker',
  'kind',
  'tenant_id',
  'created_by_id',
  'state',
  'created_at',
  'enqueued_at',
  'started_at',
  'finished_at',
  'eta',
  'expires',
  'retries',
  'max_retries',
  'priority',
  'total',
  'done',
  'by_category',
  'meta',
  'result',
  'error',
] as const

type JobRow = Pick<Selectable<Database['job']>, (typeof jobColumns)[number]>

/** bigint comes as text. */
function userIdOf(value: number | string | null): number | string | null {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
}

function toJob(row: JobRow): Job {
  return {
    id: row.id,
    taskId: row.task_id,
    taskName: row.task_name,
    queue: row.queue,
    worker: row.worker,
    kind: row.kind,
    tenantId: row.tenant_id,
    createdById: userIdOf(row.created_by_id),
    // Something else may write the table too; a state we don't know is work that isn't finished.
    state: isJobState(row.state) ? row.state : 'PENDING',
    createdAt: row.created_at,
    enqueuedAt: row.enqueued_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    eta: row.eta,
    expires: row.expires,
    retries: row.retries,
    maxRetries: row.max_retries,
    priority: row.priority,
    total: row.total,
    done: row.done,
    byCategory: row.by_category as Json,
    meta: row.meta as Json,
    result: row.result as Json,
    error: row.error,
  }
}
