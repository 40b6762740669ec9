import { type JobsTable, quotedTable } from '../../db/jobs-table/jobs-table.js'
import { type Columns, selectRows } from '../../db/rows-as-text.js'
import { wasDeleted, writtenColumns, writtenIds } from '../write-records.js'

/**
 * The statements that write rows which the application writes, too.
 *
 * A three-way merge, row by row: `base_…` is what the record meant before, so that a value which differs from it was
 * changed by the application. Its values stay (owner, progress, keys of `meta`), its state only moves forward. Everything
 * is decided on rows that the statement has locked. Rows that somebody else has locked are left for later
 * (`row_due_at`), so that we never wait for the application while it could wait for us. Relies on the unique index on
 * task_id. The minutes of all rows that were looked at are named as stale: they are counted again (rollup/keeper.ts), since
 * not only we may have changed them.
 */

/** What toAttachedRow makes. */
export const attachedColumns = {
  ...writtenColumns,
  // Some applications have UUIDs.
  created_by_id: 'text',
  has_row: 'boolean',
  named: 'boolean',
  received_retries: 'integer',
  state_at: 'timestamptz',
  promised: 'boolean',
  stopped: 'boolean',
  base_state: 'text',
  base_retries: 'integer',
  base_error: 'text',
  base_total: 'integer',
  base_done: 'integer',
  base_by_category: 'jsonb',
} as const satisfies Columns

const finished = `('SUCCESS', 'FAILURE', 'REVOKED')`

const input = `input as materialized (${selectRows('$1', attachedColumns)} order by task_id)`

/** Writes the records that have not been overtaken. `due` is SQL: when the row of one is to be looked at again. */
function recordsWritten(due: string): string {
  return `
  detail as (
    insert into task_detail as d
           (task_id, version, record, root_id, parent_id, exception_type, runtime, lost_at, row_due_at)
    select task_id, version, record, root_id, parent_id, exception_type, runtime, lost_at, ${due} from input
    on conflict (task_id) do update
       set version = excluded.version, record = excluded.record, root_id = excluded.root_id,
           parent_id = excluded.parent_id, exception_type = excluded.exception_type, runtime = excluded.runtime,
           lost_at = excluded.lost_at, row_due_at = excluded.row_due_at
     where d.version = excluded.version - 1
    returning d.task_id, ${wasDeleted}
  )`
}

/** Leaves records as they are, unless they have been overtaken. */
function recordsLookedAt(due: string): string {
  return `
  detail as (
    update task_detail d set row_due_at = ${due}
      from input i
     where d.task_id = i.task_id and d.version = i.version
    returning d.task_id, false as was_deleted
  )`
}

/** Where a row can't be had now: the records only. */
export const writeRecordsOnly = `
  with ${input}, ${recordsWritten(`now() + interval '1 s'`)}
  ${writtenIds}`

function isLocked(taskId: string): string {
  return `${taskId} in (select task_id from known) and ${taskId} not in (select task_id from free)`
}

/** Writes records and their rows. $1: rows of `attachedColumns` as text. Answers with the task ids written. */
export function writeRecordsAndRows(table: JobsTable): string {
  return statement(
    table,
    recordsWritten(`
    case
      when not has_row then null
      when ${isLocked('input.task_id')} then now() + interval '1 s'
      when state in ${finished} then now() + interval '5 s'
      when task_id not in (select task_id from known) then now() + interval '2 s'
    end`),
  )
}

/** Writes rows again from records that are written. */
export function writeRowsAgain(table: JobsTable): string {
  return statement(
    table,
    recordsLookedAt(`case when ${isLocked('i.task_id')} then now() + interval '1 s' end`),
  )
}

/** Records whose rows are to be looked at. */
export function rowsDue(most: number): string {
  return `
  select task_id, version, record
    from task_detail
   where row_due_at <= now()
   order by row_due_at
   limit ${most}`
}

/**
 * $1: task ids. No join with our own tables: their ids sort by bytes (collate "C"), and a comparison with those can't use
 * an index of the application's collation.
 */
export function namesOf(table: JobsTable): string {
  return `select task_id, task_name from ${quotedTable(table)} where task_id = any($1::text[])`
}

/** Running tasks, newest first, with what of them changes while they run. By the index on state and time. */
export function runningRows(table: JobsTable, most: number): string {
  return `
  select task_id, concat_ws(' ', state, done, total, md5(by_category::text)) as seen
    from ${quotedTable(table)}
   where state in ('STARTED', 'PROGRESS')
   order by created_at desc
   limit ${most}`
}

function rank(state: string): string {
  return `array_position(array['PENDING', 'SENT', 'RECEIVED', 'STARTED', 'PROGRESS', 'RETRY'], ${state}::text)`
}

/**
 * Whether the state of the input (i) replaces that of the row (j), by the end or the going on of either:
 * an end replaces what goes on, unless the row tells of a run that began after it, or it is only promised and the task
 * runs; of two ends the worker's word counts, unless the row's is later; what goes on replaces an end only where that
 * end was ours and the task runs once more; a retry is left for the run after it, which its message counts; of two others
 * that go on, the one that is further counts, or the next where nobody but us wrote.
 */
const replaces = `
  coalesce(case
    when i.state = j.state then true
    when i.state in ${finished} and j.state in ${finished} then
      not i.promised and (j.finished_at is null or i.state_at >= j.finished_at - interval '1 s')
    when i.state in ${finished} then
      (not i.promised or coalesce(${rank('j.state')}, 0) not in (4, 5))
      and (j.started_at is null or i.state_at >= j.started_at - interval '1 min')
    when j.state in ${finished} then
      j.state = i.base_state and (j.finished_at is null or i.state_at > j.finished_at)
    when j.started_at > i.state_at then false
    when j.state = 'RETRY' then
      (i.received_retries > 0 and i.received_retries >= j.retries)
      or (i.base_state = 'RETRY' and i.base_retries = j.retries)
    else j.state = i.base_state or ${rank('i.state')} > coalesce(${rank('j.state')}, 0)
  end, false)`

function statement(table: JobsTable, detail: string): string {
  const { userIdType } = table
  const target = quotedTable(table)
  return `
  with ${input},
  known as materialized (
    select task_id from ${target} where task_id in (select task_id from input)
  ),
  free as materialized (
    select j.task_id, j.task_name, j.queue, j.worker, j.kind, j.tenant_id, j.created_by_id, j.state, j.enqueued_at,
           j.started_at, j.finished_at, j.eta, j.expires, j.retries, j.total, j.done, j.by_category, j.meta, j.result,
           j.error, j.created_at
      from ${target} j
     where j.task_id in (select task_id from input)
     order by j.task_id
       for no key update skip locked
  ),
  ${detail},
  decided as (
    select i.*, j.state as j_state, j.started_at as j_started_at, j.finished_at as j_finished_at, j.error as j_error,
           j.task_name as j_task_name, j.queue as j_queue, j.worker as j_worker, j.kind as j_kind,
           j.tenant_id as j_tenant_id, j.created_by_id as j_created_by_id, j.enqueued_at as j_enqueued_at,
           j.eta as j_eta, j.expires as j_expires, j.retries as j_retries, j.total as j_total, j.done as j_done,
           j.by_category as j_by_category, j.meta as j_meta, j.result as j_result,
           ${replaces} as moves
      from input i
      join detail using (task_id)
      join free j using (task_id)
  ),
  next as (
    select task_id,
           case when j_task_name in ('', 'unknown') then task_name else j_task_name end as task_name,
           coalesce(j_queue, queue) as queue,
           case when moves then coalesce(worker, j_worker) else coalesce(j_worker, worker) end as worker,
           case when named and j_kind in ('', 'other') then kind else j_kind end as kind,
           coalesce(j_tenant_id, tenant_id) as tenant_id,
           coalesce(j_created_by_id, created_by_id::${userIdType}) as created_by_id,
           case when moves then state else j_state end as state,
           coalesce(j_enqueued_at, enqueued_at) as enqueued_at,
           case
             when moves and state not in ${finished} then greatest(j_started_at, started_at)
             when moves then least(greatest(j_started_at, started_at), coalesce(j_finished_at, finished_at))
             else coalesce(j_started_at, least(started_at, j_finished_at))
           end as started_at,
           case
             when not moves then j_finished_at
             when state not in ${finished} then null
             when state = j_state then coalesce(j_finished_at, finished_at)
             else finished_at
           end as finished_at,
           coalesce(eta, j_eta) as eta,
           coalesce(expires, j_expires) as expires,
           greatest(j_retries, retries) as retries,
           case when j_total is not distinct from base_total then coalesce(total, j_total) else coalesce(j_total, total)
           end as total,
           case when j_done is not distinct from base_done then coalesce(done, j_done) else coalesce(j_done, done)
           end as done,
           case when j_by_category is not distinct from base_by_category then coalesce(by_category, j_by_category)
                else coalesce(j_by_category, by_category)
           end as by_category,
           case when j_meta is null or jsonb_typeof(j_meta) = 'null'
                  then case when named then meta else nullif(meta - 'task_type', '{}') end
                when jsonb_typeof(j_meta) <> 'object' then j_meta
                when not named then meta - 'task_type' || j_meta
                when j_meta ->> 'task_type' is null or j_task_name in ('', 'unknown')
                  then meta || j_meta || jsonb_build_object('task_type', meta -> 'task_type')
                else meta || j_meta
           end as meta,
           case when moves and state = 'SUCCESS' then coalesce(j_result, result) else j_result end as result,
           case
             when not moves or error is null then j_error
             when state = 'REVOKED' and stopped then error
             when j_error is null or j_error = '' or j_error is not distinct from base_error then error
             else j_error
           end as error
      from decided
  ),
  updated as (
    update ${target} j
       set task_name = n.task_name, queue = n.queue, worker = n.worker, kind = n.kind, tenant_id = n.tenant_id,
           created_by_id = n.created_by_id, state = n.state, enqueued_at = n.enqueued_at, started_at = n.started_at,
           finished_at = n.finished_at, eta = n.eta, expires = n.expires, retries = n.retries, total = n.total,
           done = n.done, by_category = n.by_category, meta = n.meta, result = n.result, error = n.error
      from next n
     where j.task_id = n.task_id
       and (j.task_name, j.queue, j.worker, j.kind, j.tenant_id, j.created_by_id, j.state, j.enqueued_at, j.started_at,
            j.finished_at, j.eta, j.expires, j.retries, j.total, j.done, j.by_category, j.meta, j.result, j.error)
           is distinct from
           (n.task_name, n.queue, n.worker, n.kind, n.tenant_id, n.created_by_id, n.state, n.enqueued_at, n.started_at,
            n.finished_at, n.eta, n.expires, n.retries, n.total, n.done, n.by_category, n.meta, n.result, n.error)
  ),
  inserted as (
    insert into ${target}
      (id, task_id, task_name, queue, worker, kind, tenant_id, created_by_id, state, created_at, enqueued_at,
       started_at, finished_at, eta, expires, retries, max_retries, priority, total, done, by_category, meta, result,
       error)
    select gen_random_uuid(), task_id, task_name, queue, worker, kind, tenant_id, created_by_id::${userIdType}, state,
           created_at, enqueued_at, started_at, finished_at, eta, expires, retries, max_retries, priority, total, done,
           by_category, case when named then meta else nullif(meta - 'task_type', '{}') end, result, error
      from input
      join detail using (task_id)
     where has_row and task_id not in (select task_id from known)
     order by task_id
    on conflict (task_id) do nothing
    returning created_at
  ),
  stale as (
    insert into attached_rollup_stale (minute)
    select date_trunc('minute', created_at, 'UTC') from free
    union
    select date_trunc('minute', created_at, 'UTC') from inserted
  )
  ${writtenIds}`
}
