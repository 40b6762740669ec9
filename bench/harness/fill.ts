import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { DatabaseConnection } from '../../src/db/connect.js'
import { deriveJob } from '../../src/tasks/derive.js'
import { rebuild } from '../../src/tasks/rollup/rebuild.js'
import { parseRecord } from '../../src/tasks/stored-record.js'
import { learnNames } from '../../src/tasks/task-names.js'
import { taskTypes } from '../../src/tasks/task-types.js'
import { companies, failedShare, taskNames, tenants, typeOfName, workers } from './population.js'
import { say } from './report.js'

/** Rows that one statement makes. */
const chunk = 50_000
/** Connections that make rows at a time. */
const atOnce = 2
/** Rows of which the record is read and compared. */
const checked = 200

/**
 * Made tasks with all that ingest would have written of them: thirty days of them, six tenths in the last, in order of
 * time, few companies with most of them, two in a hundred failed. Into the table of jobs of that name and `task_detail`,
 * without their triggers: the rollup, which they keep, is built anew. The role must be a superuser.
 */
export async function fill(
  database: Pick<DatabaseConnection, 'db' | 'pool'>,
  rows: number,
  table: 'job' | 'core_job' = 'job',
): Promise<void> {
  const { pool } = database
  const indexes = await dropIndexes(pool, [table, 'task_detail'])
  let next = 0
  let made = 0
  const work = async () => {
    const client = await pool.connect()
    try {
      await client.query(`set session_replication_role = replica; set synchronous_commit = off`)
      while (next < rows) {
        const from = next
        const to = Math.min(rows, from + chunk)
        next = to
        await client.query(statement(table), [from, to, rows, taskNames, taskNames.map(typeOfName)])
        made += to - from
        if (made % (chunk * 20) === 0)
          say(`made ${made.toLocaleString('en')} of ${rows.toLocaleString('en')} rows`)
      }
    } finally {
      // Its settings must not stay in the pool.
      client.release(true)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  for (const { name, definition } of indexes) {
    if (rows > 1_000_000) say(`making the index ${name} …`)
    await pool.query(`set maintenance_work_mem = '1GB'; ${definition}; reset maintenance_work_mem`)
  }
  await pool.query(learnNames, [taskNames])
  await pool.query(`vacuum analyze ${table}`)
  await pool.query('vacuum analyze task_detail')
  await check(pool, table)
  if (table === 'job') await buildRollup(database, rows)
}

/** A Crisper that runs already may be folding just now. */
async function buildRollup(database: Pick<DatabaseConnection, 'db' | 'pool'>, rows: number): Promise<void> {
  if (rows >= 1_000_000) say('building the rollup …')
  while (!(await rebuild(database))) await pause(50)
  await database.pool.query('vacuum analyze job_rollup')
}

/** Rows go in faster without them. Those of constraints stay. */
async function dropIndexes(pool: DatabaseConnection['pool'], tables: readonly string[]) {
  const { rows } = await pool.query<{ name: string; definition: string }>(
    `select c.relname as name, pg_get_indexdef(i.indexrelid) as definition
       from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = any($1::regclass[]) and not i.indisunique`,
    [tables],
  )
  for (const { name } of rows) await pool.query(`drop index ${name}`)
  return rows
}

/**
 * From the row `$1` up to `$2` of `$3`, the oldest first; the names `$4` of the types `$5`. Dates in whole milliseconds, as
 * ingest has them.
 */
function statement(table: string): string {
  return `
  with numbered as (
    select n, n / $3::float8 as place, md5('row ' || n)::uuid::text as task_id,
           abs(hashint8extended(n, 1)) % 1000 / 1000.0 as chance,
           floor(${companies} * (abs(hashint8extended(n, 2)) % 1000 / 1000.0) ^ 2)::int as company,
           1 + abs(hashint8extended(n, 3)) % cardinality($4::text[]) as name_at,
           0.1 + abs(hashint8extended(n, 4)) % 20000 / 1000.0 as runtime,
           'worker' || n % ${workers} || '@bench' as worker
      from generate_series($1::int8, $2::int8 - 1) n
  ),
  made as (
    select *, ($4::text[])[name_at] as name, ($5::text[])[name_at] as type, 'tenant-' || company % ${tenants} as tenant,
           case when n >= $3 - 100 then 'STARTED' when chance < ${failedShare} then 'FAILURE' else 'SUCCESS' end as state,
           date_trunc('milliseconds', now() - case
             when place < 0.4 then interval '30 days' - place / 0.4 * interval '29 days'
             else (1 - place) / 0.6 * interval '1 day' end - runtime * interval '1 s' - interval '1 s') as sent
      from numbered
  ),
  timed as (
    select *, sent + interval '20 ms' as received, sent + interval '220 ms' as started,
           case when state <> 'STARTED' then sent + interval '220 ms' + runtime * interval '1 s' end as finished,
           '{''company_id'': ' || company || ', ''tenant_id'': ''' || tenant || ''', ''path'': ''s3://in/' || task_id || '.csv''}'
             as kwargs,
           'ValueError("no column ''amount''")' as exception,
           'Traceback (most recent call last):' || repeat(E'\\n  File "/srv/app/step.py", line 12, in run', 12) as traceback
      from made
  ),
  told as (
    select *, extract(epoch from sent) as sent_s, extract(epoch from received) as received_s,
           extract(epoch from started) as started_s, extract(epoch from finished) as finished_s,
           json_build_object('companyId', company, 'tenantId', tenant) as owner,
           case when state = 'FAILURE' then 'task-failed' else 'task-succeeded' end as ending
      from timed
  ),
  details as (
    insert into task_detail (task_id, version, record, root_id, exception_type, runtime)
    select task_id, 2, json_strip_nulls(json_build_object(
             'taskId', task_id, 'firstSeenAt', sent_s,
             'state', json_build_object(
               'state', state, 'fromWorker', true, 'at', coalesce(finished_s, started_s), 'worker', worker, 'pid', 4711,
               'rank', coalesce(finished_s + case when state = 'SUCCESS' then 120 else 60 end, started_s),
               'phase', case when state = 'STARTED' then 2 else 5 end,
               'result', case when state = 'SUCCESS' then json_build_object('text', '{''rows'': 120, ''rejected'': 3}') end,
               'runtime', case when state = 'SUCCESS' then runtime end,
               'exception', case when state = 'FAILURE' then json_build_object('text', exception) end,
               'traceback', case when state = 'FAILURE' then json_build_object('text', traceback) end),
             'sent', json_build_object(
               'at', sent_s, 'name', name, 'args', json_build_object('text', '()'), 'kwargs', json_build_object('text', kwargs),
               'rootId', task_id, 'retries', 0, 'queue', 'celery', 'routingKey', 'celery', 'owner', owner),
             'sentAt', sent_s,
             'received', json_build_object('at', received_s, 'asSent', true),
             'firstStartedAt', started_s, 'lastStartedAt', started_s,
             'timeline', (select json_agg(entry) from unnest(array[
               json_build_object('type', 'task-sent', 'at', sent_s, 'worker', 'gen1@bench', 'pid', 4711, 'retries', 0),
               json_build_object('type', 'task-received', 'at', received_s, 'worker', worker, 'pid', 4711, 'retries', 0),
               json_build_object('type', 'task-started', 'at', started_s, 'worker', worker, 'pid', 4711),
               case when finished is not null then json_build_object(
                 'type', ending, 'at', finished_s, 'worker', worker, 'pid', 4711,
                 'exception', case when state = 'FAILURE' then exception end,
                 'runtime', case when state = 'SUCCESS' then runtime end) end]) entry where entry is not null))),
           task_id, case when state = 'FAILURE' then 'ValueError' end, case when state = 'SUCCESS' then runtime end
      from told
  )
  insert into ${table} (id, task_id, task_name, queue, worker, kind, tenant_id, state, created_at, enqueued_at, started_at,
                        finished_at, retries, max_retries, meta, result, error)
  select gen_random_uuid(), task_id, name, 'celery', worker, type, tenant, state, sent, sent, started, finished, 0, 0,
         jsonb_build_object('task_type', type, 'company_id', company),
         case when state = 'SUCCESS' then '{"rows": 120, "rejected": 3}'::jsonb end,
         case when state = 'FAILURE' then exception end
    from told`
}

/** What was made is what ingest would have written: the row of a sample is that of its record. */
async function check(pool: DatabaseConnection['pool'], table: string): Promise<void> {
  const { rows } = await pool.query<{ record: unknown; row: Readonly<Record<string, unknown>> }>(
    `select d.record, to_json(j) as row from ${table} j join task_detail d using (task_id)
      order by j.task_id limit $1`,
    [checked],
  )
  const types = taskTypes()
  for (const { record, row } of rows) {
    const job = deriveJob(parseRecord(record), types)
    const wanted = [
      job.state,
      job.taskName,
      job.kind,
      job.tenantId,
      job.worker,
      job.queue,
      job.meta,
      job.result,
      job.error,
    ]
    const found = [
      row.state,
      row.task_name,
      row.kind,
      row.tenant_id,
      row.worker,
      row.queue,
      row.meta,
      row.result,
      row.error,
    ]
    const dates = [job.createdAt, job.enqueuedAt, job.startedAt, job.finishedAt].map(
      (date) => date?.getTime() ?? null,
    )
    const foundDates = [row.created_at, row.enqueued_at, row.started_at, row.finished_at].map((text) =>
      text === null ? null : new Date(String(text)).getTime(),
    )
    if (!isDeepStrictEqual([wanted, dates], [found, foundDates])) {
      throw new Error(
        `the made row is not that of its record: ${JSON.stringify([wanted, dates, found, foundDates])}`,
      )
    }
  }
}
