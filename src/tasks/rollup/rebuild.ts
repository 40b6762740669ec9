import { sql } from 'kysely'
import { added, learnKeys } from './fold.js'
import { foldingAlone, type RollupDatabase } from './folding-alone.js'

/** How far a rebuild is. */
export interface RebuildProgress {
  readonly day: Date
  readonly days: number
  readonly done: number
}

/**
 * Counts all jobs anew, a day of them at a time, beside everything else that goes on: readers see the old rollup until it is
 * done, and what changes meanwhile waits as deltas, which the snapshot that is counted does not have. Rejects with
 * `signal.reason` where it is given up; then nothing has changed. Answers false where another Crisper is at it.
 */
export async function rebuild(
  database: RollupDatabase,
  { onProgress, signal }: { onProgress?: (progress: RebuildProgress) => void; signal?: AbortSignal } = {},
): Promise<boolean> {
  const rebuilt = await foldingAlone(database, async (transaction) => {
    await sql`set local jit = off`.execute(transaction)
    await sql`delete from job_rollup_delta`.execute(transaction)
    await sql`delete from job_rollup`.execute(transaction)
    const { rows: all } = await daysOfJobs.execute(transaction)
    for (const [done, { day }] of all.entries()) {
      signal?.throwIfAborted()
      onProgress?.({ day, done, days: all.length })
      const jobs = sql`(
        select minute, task_name, task_type, kind, tenant_id, company_id, state, wait_bin, run_bin, count(*)::int as n
          from job_contribution
         where created_at >= ${day} and created_at < ${day}::timestamptz + interval '24 hours'
         group by 1, 2, 3, 4, 5, 6, 7, 8, 9) c`
      await sql`create temporary table counted on commit drop as select * from ${jobs}`.execute(transaction)
      await learnKeys(transaction, sql`counted`)
      await sql`with ${added(sql`counted`)} select count(*) from folded`.execute(transaction)
      await sql`drop table counted`.execute(transaction)
    }
    await sql`update rollup_state set built_at = now()`.execute(transaction)
    return true
  })
  return rebuilt === true
}

/** The days that have jobs, each found by one look into the index on created_at. */
const daysOfJobs = sql<{ day: Date }>`
  with recursive days as (
    select date_trunc('day', min(created_at), 'UTC') as day from job
    union all
    select (select date_trunc('day', min(created_at), 'UTC') from job where created_at >= day + interval '24 hours')
      from days
     where day is not null
  )
  select day from days where day is not null`
