import type pg from 'pg'
import { type Columns, rowsAsText, selectRows } from '../db/rows-as-text.js'
import type { DerivedJob } from './derive.js'
import type { TaskRecord } from './record.js'
import { fittingUserId } from './user-id.js'

/** What is written for one task: its merged record, the columns beside it, and its job row. */
export interface RecordToWrite {
  /** The version that this write makes: one more than that of the record it was merged from, 1 for a new one. */
  readonly version: number
  readonly record: TaskRecord
  /** The record as it is stored, JSON. */
  readonly json: string
  readonly rootId: string | null
  readonly parentId: string | null
  readonly exceptionType: string | null
  readonly runtime: number | null
  readonly lostAt: Date | null
  readonly job: DerivedJob
  /** The record before this write; undefined where there was none. */
  readonly previous: TaskRecord | undefined
}

/** Writes what has not been overtaken; answers with the ids written. */
export type WriteRecords = (pool: pg.Pool, batch: readonly RecordToWrite[]) => Promise<Set<string>>

/** Of `task_detail` and of a job, as a batch of them is sent. */
export const writtenColumns = {
  version: 'integer',
  record: 'json',
  root_id: 'text',
  parent_id: 'text',
  exception_type: 'text',
  runtime: 'double precision',
  lost_at: 'timestamptz',
  task_id: 'text',
  task_name: 'text',
  queue: 'text',
  worker: 'text',
  kind: 'text',
  tenant_id: 'text',
  created_by_id: 'integer',
  state: 'text',
  created_at: 'timestamptz',
  enqueued_at: 'timestamptz',
  started_at: 'timestamptz',
  finished_at: 'timestamptz',
  eta: 'timestamptz',
  expires: 'timestamptz',
  retries: 'integer',
  max_retries: 'integer',
  priority: 'integer',
  total: 'integer',
  done: 'integer',
  by_category: 'jsonb',
  meta: 'jsonb',
  result: 'jsonb',
  error: 'text',
} as const satisfies Columns

/**
 * SQL, for `returning` of an insert into `task_detail d`: whether it made a new row (whose xmax is 0) of a record that was
 * merged from an older one. Its task was deleted meanwhile (src/retention).
 */
export const wasDeleted = 'd.version > 1 and d.xmax = 0 as was_deleted'

/** SQL: the ids that were written. Where one was deleted meanwhile it fails, and nothing is written: what comes of it is new. */
export const writtenIds =
  'select case when was_deleted then task_was_deleted(task_id) else task_id end as task_id from detail'

/** Whether a write failed since one of its tasks was deleted meanwhile. */
export function isOfDeleted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'CRDEL'
}

/**
 * One statement for a whole batch, so that a record and its job row are never apart and ingest costs one round trip.
 *
 * A row whose version has moved on meanwhile is left alone and not returned: its writer merges again (compare and
 * set). The input is sorted by task id: two writers that meet lock the same rows in the same order.
 *
 * Relies on the unique indexes on task_id.
 */
const writeRecords = `
  with input as materialized (${selectRows('$1', writtenColumns)} order by task_id),
  detail as (
    insert into task_detail as d (task_id, version, record, root_id, parent_id, exception_type, runtime, lost_at)
    select task_id, version, record, root_id, parent_id, exception_type, runtime, lost_at from input
    on conflict (task_id) do update
       set version = excluded.version, record = excluded.record,
           root_id = excluded.root_id, parent_id = excluded.parent_id,
           exception_type = excluded.exception_type, runtime = excluded.runtime, lost_at = excluded.lost_at
     where d.version = excluded.version - 1
    returning d.task_id, ${wasDeleted}
  ),
  jobs as (
    insert into job (
      task_id, task_name, queue, worker, kind, tenant_id, created_by_id, state, created_at, enqueued_at, started_at,
      finished_at, eta, expires, retries, max_retries, priority, total, done, by_category, meta, result, error)
    select
      task_id, task_name, queue, worker, kind, tenant_id, created_by_id, state, created_at, enqueued_at, started_at,
      finished_at, eta, expires, retries, max_retries, priority, total, done, by_category, meta, result, error
      from input join detail using (task_id)
     order by task_id
    on conflict (task_id) do update
       set task_name = excluded.task_name, queue = excluded.queue, worker = excluded.worker, kind = excluded.kind,
           tenant_id = excluded.tenant_id, created_by_id = excluded.created_by_id, state = excluded.state,
           created_at = excluded.created_at, enqueued_at = excluded.enqueued_at, started_at = excluded.started_at,
           finished_at = excluded.finished_at, eta = excluded.eta, expires = excluded.expires,
           retries = excluded.retries, total = excluded.total, done = excluded.done,
           by_category = excluded.by_category, meta = excluded.meta, result = excluded.result, error = excluded.error
  )
  ${writtenIds}`

/** Into our own table. */
export const writeOwn: WriteRecords = async (pool, batch) => {
  const { rows } = await pool.query<{ task_id: string }>({
    name: 'write-records',
    text: writeRecords,
    values: [rowsAsText(writtenColumns, batch.map(toRow))],
  })
  return new Set(rows.map((row) => row.task_id))
}

/** What is in `writtenColumns`. A record that stays as it is needs no JSON. */
export function toRow(detail: Omit<RecordToWrite, 'json'> & { readonly json: string | null }) {
  const { job } = detail
  return {
    record: detail.json,
    version: detail.version,
    root_id: detail.rootId,
    parent_id: detail.parentId,
    exception_type: detail.exceptionType,
    runtime: detail.runtime,
    lost_at: detail.lostAt,
    task_id: job.taskId,
    task_name: job.taskName,
    queue: job.queue,
    worker: job.worker,
    kind: job.kind,
    tenant_id: job.tenantId,
    created_by_id: fittingUserId('integer', job.createdById),
    state: job.state,
    created_at: job.createdAt,
    enqueued_at: job.enqueuedAt,
    started_at: job.startedAt,
    finished_at: job.finishedAt,
    eta: job.eta,
    expires: job.expires,
    retries: job.retries,
    max_retries: job.maxRetries,
    priority: job.priority,
    total: job.total,
    done: job.done,
    by_category: job.byCategory,
    meta: job.meta,
    result: job.result,
    error: job.error,
  }
}
