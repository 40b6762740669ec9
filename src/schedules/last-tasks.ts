import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import type { Database } from '../db/schema.js'
import { jobStates } from '../tasks/job.js'
import { storable } from '../tasks/storable.js'

/** The newest task of a name. */
export interface LastTask {
  readonly taskId: string
  readonly state: string
  readonly at: Date
}

export interface LastTasks {
  readonly byName: ReadonlyMap<string, LastTask>
  /** Of a name that is not among them nothing is known before; null: there is none. */
  readonly seenSince: Date | null
}

/** Rows of each state that are read where no index has the names. */
const mostPerState = 20_000

/** The newest task of each name, in one statement. */
export async function lastTasks(
  db: Kysely<Database>,
  table: JobsTable,
  names: readonly string[],
): Promise<LastTasks> {
  if (names.length === 0) return { byName: new Map(), seenSince: null }
  const wanted = sql`${names.map(storable)}::text[]`
  const { rows } = await (table.hasNameIndex ? byName(wanted) : amongNewest(wanted)).execute(db)
  return {
    byName: new Map(
      rows.flatMap(({ name, task_id: taskId, state, created_at: at }) =>
        taskId === null || state === null || at === null ? [] : [[name, { taskId, state, at }]],
      ),
    ),
    seenSince: rows[0]?.seen_since ?? null,
  }
}

interface Row {
  readonly name: string
  readonly task_id: string | null
  readonly state: string | null
  readonly created_at: Date | null
  readonly seen_since: Date | null
}

/** By the index on task_name and created_at: one step into it for each name. */
function byName(names: RawBuilder<unknown>): RawBuilder<Row> {
  return sql<Row>`
    select wanted.name, newest.task_id, newest.state, newest.created_at, null::timestamptz as seen_since
      from unnest(${names}) as wanted(name)
     cross join lateral (
           select task_id, state, created_at
             from ${sql.table('job')}
            where task_name = wanted.name
            order by created_at desc
            limit 1) newest`
}

/**
 * An application's table has no such index as a rule. The newest rows of each state are read by the index on state and
 * time, which every table of jobs has, so that it costs the same however long the table is.
 */
function amongNewest(names: RawBuilder<unknown>): RawBuilder<Row> {
  const branches = jobStates.map(
    (state) => sql`(
      select task_name, task_id, state, created_at
        from ${sql.table('job')}
       where state = ${state}
       order by created_at desc
       limit ${sql.lit(mostPerState)})`,
  )
  return sql<Row>`
    with recent as materialized (${sql.join(branches, sql` union all `)}),
         horizon as (
           select max(oldest) as seen_since
             from (select min(created_at) as oldest
                     from recent
                    group by state
                   having count(*) >= ${sql.lit(mostPerState)}) full_states),
         newest as (
           select distinct on (task_name) task_name, task_id, state, created_at
             from recent
            where task_name = any(${names})
            order by task_name, created_at desc)
    select wanted.name, newest.task_id, newest.state, newest.created_at, horizon.seen_since
      from unnest(${names}) as wanted(name)
     cross join horizon
      left join newest on newest.task_name = wanted.name`
}
