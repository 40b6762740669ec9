import { type JobsTable, quotedTable } from '../../db/jobs-table/jobs-table.js'

/** $1: a state; $2: since when. By the index on state and time, oldest first. */
export function rowsWithoutType(table: JobsTable, most: number): string {
  return `
  select task_id, task_name, created_at::text
    from ${quotedTable(table)}
   where state = $1
     and created_at >= $2::timestamptz
     and (meta ->> 'task_type') is null
     and task_name not in ('', 'unknown')
   order by created_at
   limit ${most}`
}

/** $1: a JSON list of task_id and task_type. Rows that somebody holds locked are left for the next time. */
export function writeTypes(table: JobsTable): string {
  const target = quotedTable(table)
  return `
  with input as materialized (
    select * from json_to_recordset($1::json) as x(task_id text, task_type text)
  ),
  free as materialized (
    select j.task_id
      from ${target} j
     where j.task_id in (select task_id from input)
     order by j.task_id
       for no key update skip locked
  )
  update ${target} j
     set kind = case when j.kind in ('', 'other') then i.task_type else j.kind end,
         meta = coalesce(j.meta, '{}') || jsonb_build_object('task_type', i.task_type)
    from input i
    join free using (task_id)
   where j.task_id = i.task_id
     and (j.meta ->> 'task_type') is null
     and jsonb_typeof(coalesce(j.meta, '{}')) = 'object'`
}

/** Reads the whole table once. */
export function learnAllNames(table: JobsTable): string {
  return `insert into task_name (name) select distinct task_name from ${quotedTable(table)} on conflict do nothing`
}
