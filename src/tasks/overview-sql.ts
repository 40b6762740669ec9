import { type Kysely, type SqlBool, sql } from 'kysely'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import type { Database } from '../db/schema.js'
import { type TimeWindow, windowBefore } from './buckets.js'
import { byStateAndTime, conditions, type TaskFilter, taskTypeSql } from './filter.js'
import { within } from './rollup/contributions.js'
import { companySql } from './visible.js'

/** Counts and times of one group of jobs. */
export interface GroupRow {
  readonly dimension: 'all' | 'point' | 'type' | 'company' | 'name'
  /** The value that the group shares; of a point its start in epoch seconds. Null for all jobs. */
  readonly key: string | null
  /** False in the window before. */
  readonly current: boolean
  readonly total: number
  readonly succeeded: number
  readonly failed: number
  readonly revoked: number
  /** p50, p95, p99 in seconds; null without a time to rank. */
  readonly wait: readonly number[] | null
  readonly run: readonly number[] | null
}

/** Longest lists by type and by company. */
export const mostKeys = 20

const counts = sql`
  count(*)::int as total,
  count(*) filter (where state = 'SUCCESS')::int as succeeded,
  count(*) filter (where state = 'FAILURE')::int as failed,
  count(*) filter (where state = 'REVOKED')::int as revoked`
const run = sql`percentile_disc(array[0.5, 0.95, 0.99]) within group (order by run) as run`
const times = sql`percentile_disc(array[0.5, 0.95, 0.99]) within group (order by wait) as wait, ${run}`

/**
 * Every number of an overview in one statement: one snapshot, so that the groups add up while jobs change.
 *
 * The jobs of both windows are read once, by the index on created_at or that of a narrower filter, into rows that hold
 * only what is ranked. Each dimension then sorts only the jobs it shows, by its own key, in bytes rather than in a
 * locale's order; `grouping sets` would sort all of them whole for each, since percentiles can't be hashed. Waiting
 * times by name, and the points, types and companies of the window before, are left out: nobody is shown them.
 *
 * With `sample` only of the jobs created in these stretches of time.
 */
export async function groupRows(
  db: Kysely<Database>,
  filter: TaskFilter,
  window: TimeWindow,
  bucketSeconds: number,
  table: JobsTable,
  sample?: readonly TimeWindow[],
): Promise<readonly GroupRow[]> {
  const jobs = jobsOfBoth(db, filter, window, table, sample).select(
    sql`date_bin(make_interval(secs => ${bucketSeconds}), created_at, timestamptz 'epoch')`.as('bucket'),
  )
  const { rows } = await sql<GroupRow>`
    with jobs as materialized ${jobs},
    current_jobs as not materialized (select * from jobs where current),
    companies as (
      select company
        from current_jobs
       where company is not null
       group by company
       order by count(*) desc, company
       limit ${mostKeys}
    )
    select 'all' as dimension, null as key, current, ${counts}, ${times} from jobs group by current
    union all
    select 'point', extract(epoch from bucket)::text, true, ${counts}, ${times} from current_jobs group by bucket
    union all
    (select 'type', task_type, true, ${counts}, ${times}
       from current_jobs
      group by task_type
      order by count(*) desc, task_type
      limit ${mostKeys})
    union all
    select 'company', company, true, ${counts}, ${times}
      from current_jobs
     where company in (select company from companies)
     group by company
    union all
    ${names}`.execute(db)
  return rows
}

/** The groups by name alone. */
export async function nameRows(
  db: Kysely<Database>,
  filter: TaskFilter,
  window: TimeWindow,
  table: JobsTable,
): Promise<readonly GroupRow[]> {
  const { rows } = await sql<GroupRow>`
    with jobs as materialized ${jobsOfBoth(db, filter, window, table)} ${names}`.execute(db)
  return rows
}

const names = sql`
  select 'name' as dimension, task_name as key, current, ${counts}, null as wait, ${run}
    from jobs
   group by current, task_name`

/** The filter for the window and that before it. */
export function inBoth(filter: TaskFilter, window: TimeWindow): TaskFilter {
  return {
    ...filter,
    createdAfter: windowBefore(window).from,
    createdBefore: window.to,
    hoursAgo: undefined,
  }
}

/** The jobs of the window and of that before, as they are grouped and ranked. */
function jobsOfBoth(
  db: Kysely<Database>,
  filter: TaskFilter,
  window: TimeWindow,
  table: JobsTable,
  sample?: readonly TimeWindow[],
) {
  return db
    .selectFrom('job')
    .select([
      sql`created_at >= ${window.from}`.as('current'),
      sql`${taskTypeSql} collate "C"`.as('task_type'),
      sql`${companySql} collate "C"`.as('company'),
      sql`task_name collate "C"`.as('task_name'),
      'state',
      sql`case when started_at is not null
        then greatest(0, date_part('epoch', started_at - coalesce(enqueued_at, created_at))) end`.as('wait'),
      sql`case when state in ('SUCCESS', 'FAILURE') and started_at is not null and finished_at is not null
        then greatest(0, date_part('epoch', finished_at - started_at)) end`.as('run'),
    ])
    .where((eb) => conditions(eb, byStateAndTime(inBoth(filter, window), table)))
    .where(sample === undefined ? sql<SqlBool>`true` : inOneOf(sample))
}

function inOneOf(parts: readonly TimeWindow[]) {
  return sql<SqlBool>`(${sql.join(
    parts.map((part) => within(sql`created_at`, part)),
    sql` or `,
  )})`
}
