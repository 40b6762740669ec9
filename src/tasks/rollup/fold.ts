import { sql, type Transaction } from 'kysely'
import type { Database } from '../../db/schema.js'

/** Deltas added up at a time. */
export const mostDeltas = 50_000

/** Hours for which minutes are kept beside hours and days. */
export const minutesKeptHours = 50

/** Of the key of a row, on each level: what tells rows apart. */
export const identity = sql`md5(jsonb_build_array(level, task_name, task_type, kind, tenant_id, company_id, state)::text)::uuid`

/** What deltas and jobs are counted as, on each level. */
export const levels = sql`
  (values ('type', false, false), ('name', true, false), ('owner', false, true)) as l (level, by_name, by_owner)`
export const keyOnLevel = sql`
  level, case when by_name then task_name end as task_name, task_type, kind,
  case when by_owner then tenant_id end as tenant_id, case when by_owner then company_id end as company_id, state`

/** The rows that a minute of deltas is added to: those of minutes only as long as they are kept. */
const spans = sql`
  (values (1::smallint), (60), (1440)) as s (span)
  where (span > 1 or minute >= now() - make_interval(hours => ${sql.lit(minutesKeptHours)}))`
const bucket = sql`
  case span when 1 then minute when 60 then date_trunc('hour', minute, 'UTC') else date_trunc('day', minute, 'UTC') end`

/**
 * Adds up to so many deltas to the rollup; answers how many. The transaction must be of one snapshot (repeatable read), so
 * that no delta is deleted whose key was not learned, and the only one that does so (folding-alone.ts).
 */
export async function fold(transaction: Transaction<Database>): Promise<number> {
  const some = sql`(select ctid from job_rollup_delta limit ${sql.lit(mostDeltas)})`
  await learnKeys(transaction, sql`(select * from job_rollup_delta where ctid = any(array${some})) c`)
  const { rows } = await sql<{ folded: number }>`
    with gone as (
      delete from job_rollup_delta where ctid = any(array${some}) returning *
    ),
    ${added(sql`gone`)}
    select (select count(*) from gone)::int as folded, count(*) from folded`.execute(transaction)
  return rows[0]?.folded ?? 0
}

/**
 * Gives keys an id. `source` has the columns of the deltas. Known keys are left out before: an insert that finds a conflict
 * has taken an id already, and a few thousand each second would use up all that an integer has within weeks.
 */
export async function learnKeys(
  transaction: Transaction<Database>,
  source: ReturnType<typeof sql>,
): Promise<void> {
  await sql`
    insert into rollup_key (identity, level, task_name, task_type, kind, tenant_id, company_id, state)
    select k.*
      from (select ${identity} as identity, t.* from (select distinct ${keyOnLevel} from ${source}, ${levels}) t) k
     where not exists (select from rollup_key known where known.identity = k.identity)
    on conflict (identity) do nothing`.execute(transaction)
}

/**
 * Common table expressions that add deltas to the rollup, the last of them `folded`, a row for each row written. Histograms
 * are taken apart, added bin by bin and put together again. `source` names something with the columns of the deltas.
 */
export function added(source: ReturnType<typeof sql>): ReturnType<typeof sql> {
  return sql`
    told as (
      select ${keyOnLevel}, minute, sum(n)::int as n,
             array_agg(wait_bin) as waits, array_agg(run_bin) as runs, array_agg(n) as counts
        from ${source}, ${levels}
       group by 1, 2, 3, 4, 5, 6, 7, 8
    ),
    keyed as materialized (
      select id as key_id, minute, n, waits, runs, counts
        from (select *, ${identity} as identity from told) t join rollup_key k using (identity)
    ),
    timed as materialized (
      select key_id, minute, is_run, bin, sum(n)::int as n
        from (select key_id, minute, false as is_run, w.bin, w.n from keyed, unnest(waits, counts) as w (bin, n)
              union all
              select key_id, minute, true, r.bin, r.n from keyed, unnest(runs, counts) as r (bin, n)) b
       where bin is not null
       group by 1, 2, 3, 4
    ),
    touched as materialized (
      select key_id, span, ${bucket} as bucket, sum(n)::int as n from keyed, ${spans} group by 1, 2, 3
    ),
    known as materialized (
      select r.* from touched join job_rollup r using (key_id, span, bucket)
    ),
    bins as (
      select key_id, span, bucket, is_run, bin, sum(n)::int as n
        from (select key_id, span, ${bucket} as bucket, is_run, bin, n from timed, ${spans}
              union all
              select key_id, span, bucket, false, w.bin, w.n from known, unnest(wait_bins, wait_counts) as w (bin, n)
              union all
              select key_id, span, bucket, true, r.bin, r.n from known, unnest(run_bins, run_counts) as r (bin, n)) b
       group by 1, 2, 3, 4, 5
      having sum(n) <> 0
    ),
    histograms as (
      select key_id, span, bucket,
             array_agg(bin) filter (where not is_run) as wait_bins, array_agg(n) filter (where not is_run) as wait_counts,
             array_agg(bin) filter (where is_run) as run_bins, array_agg(n) filter (where is_run) as run_counts
        from bins
       group by 1, 2, 3
    ),
    folded as (
      insert into job_rollup as r
      select key_id, span, bucket, t.n, wait_bins, wait_counts, run_bins, run_counts
        from touched t left join histograms using (key_id, span, bucket)
      on conflict (key_id, span, bucket) do update
         set n = r.n + excluded.n, wait_bins = excluded.wait_bins, wait_counts = excluded.wait_counts,
             run_bins = excluded.run_bins, run_counts = excluded.run_counts
      returning 1
    )`
}
