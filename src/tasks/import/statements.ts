import { type JobsTable, quotedTable } from '../../db/jobs-table/jobs-table.js'

const columns = `
  id, task_id, task_name, queue, worker, kind, tenant_id, created_by_id, state, created_at, enqueued_at, started_at,
  finished_at, eta, expires, retries, max_retries, priority, total, done, by_category, meta, result, error`

/** $1: the id behind which to go on; null at the beginning. By the primary key. */
export function rowsBehind(table: JobsTable, most: number): string {
  // Our own column of users is an integer; other ids have no place there.
  const user =
    table.userIdType === 'uuid'
      ? 'null::integer as created_by_id'
      : 'case when abs(created_by_id::numeric) < 2147483648 then created_by_id end as created_by_id'
  return `
  select ${columns.replace('created_by_id', user)}
    from ${quotedTable(table)}
   where $1::uuid is null or id > $1::uuid
   order by id
   limit ${most}`
}

export function countByState(table: JobsTable): string {
  return `select state, count(*) as n from ${quotedTable(table)} group by state order by state`
}

/** $1: a JSON list of rows. Relies on the unique index on task_id. */
export const writeRows = `
  insert into job (${columns})
  select ${columns.replace('id,', 'coalesce(id, gen_random_uuid()),')}
    from json_to_recordset($1::json) as x(
      id uuid, task_id text, task_name text, queue text, worker text, kind text, tenant_id text, created_by_id bigint,
      state text, created_at timestamptz, enqueued_at timestamptz, started_at timestamptz, finished_at timestamptz,
      eta timestamptz, expires timestamptz, retries integer, max_retries integer, priority integer, total integer,
      done integer, by_category jsonb, meta jsonb, result jsonb, error text)
   order by task_id
  on conflict do nothing
  returning task_id`

/** $1: a JSON list of `{task_id, record}`. Relies on the unique index on task_id. */
export const writeRecords = `
  insert into task_detail (task_id, version, record)
  select task_id, 1, record from json_to_recordset($1::json) as x(task_id text, record json)
   order by task_id
  on conflict do nothing`
