import { type RawBuilder, sql, type Transaction } from 'kysely'
import type { JobsTable } from '../../../db/jobs-table/jobs-table.js'
import type { Database } from '../../../db/schema.js'
import { identity, keyOnLevel, levels, minutesKeptHours } from '../../rollup/fold.js'

/** A stretch of time within one hour of UTC, in whole minutes; `to` does not belong to it. */
export interface Slice {
  readonly from: Date
  readonly to: Date
}

export const minuteMs = 60_000
export const hourMs = 3_600_000

/** The hour of UTC that it belongs to. */
export function hourOf(time: Date): Date {
  return new Date(Math.floor(time.getTime() / hourMs) * hourMs)
}

/**
 * Counts the rows of a slice anew and writes what differs from what was known, for its minutes, its hour and its day. In an
 * hour that is too old for minutes, it is always the whole hour. The transaction must be of one snapshot, and the only one
 * that does so (attached-rollup-keeper.ts).
 */
export async function countSlice(
  transaction: Transaction<Database>,
  table: JobsTable,
  slice: Slice,
  now = new Date(),
): Promise<void> {
  const hour = hourOf(slice.from)
  const hasMinutes = hour.getTime() >= now.getTime() - minutesKeptHours * hourMs
  const { from, to } = hasMinutes ? slice : { from: hour, to: new Date(hour.getTime() + hourMs) }
  const finest = sql.lit(hasMinutes ? 1 : 60)
  const unit = sql.lit(hasMinutes ? 'minute' : 'hour')
  await sql`
    with counted as (
      select date_trunc(${unit}, created_at, 'UTC') as bucket, task_name::text, coalesce(meta ->> 'task_type', kind) as task_type,
             kind::text, tenant_id::text, meta ->> 'company_id' as company_id, state::text, count(*) as n
        from ${sql.table('job')}
       where created_at >= ${from} and created_at < ${to} and ${ofAnyState(table)}
       group by 1, 2, 3, 4, 5, 6, 7
    ),
    told as materialized (
      select ${identity} as identity, t.*
        from (select ${keyOnLevel}, bucket, sum(n)::int as n from counted, ${levels} group by 1, 2, 3, 4, 5, 6, 7, 8) t
    ),
    learned as (
      insert into rollup_key (identity, level, task_name, task_type, kind, tenant_id, company_id, state)
      select distinct identity, level, task_name, task_type, kind, tenant_id, company_id, state
        from told
       where not exists (select from rollup_key known where known.identity = told.identity)
      returning id, identity
    ),
    keyed as materialized (
      select id as key_id, bucket, n from told join rollup_key using (identity)
      union all
      select id, bucket, n from told join learned using (identity)
    ),
    known as materialized (
      select key_id, bucket, n from attached_rollup where span = ${finest} and bucket >= ${from} and bucket < ${to}
    ),
    changed as materialized (
      select key_id, bucket, coalesce(keyed.n, 0) - coalesce(known.n, 0) as n
        from keyed full join known using (key_id, bucket)
       where keyed.n is distinct from known.n
    )
    insert into attached_rollup as r (key_id, span, bucket, n)
    select key_id, span, case span when 1440 then date_trunc('day', bucket, 'UTC') when 60 then ${hour} else bucket end, sum(n)
      from changed, (values (1::smallint), (60), (1440)) as s (span)
     where span >= ${finest}
     group by 1, 2, 3
    on conflict (key_id, span, bucket) do update set n = r.n + excluded.n`.execute(transaction)
}

/** Says whether the rows of a slice are those that they were, as far as they are counted. */
export async function fingerprintOf(
  transaction: Transaction<Database>,
  table: JobsTable,
  { from, to }: Slice,
): Promise<string> {
  const { rows } = await sql<{ fingerprint: string }>`
    select concat_ws(' ', count(*), sum(hashtext(concat_ws('|', date_part('minute', created_at), task_name, kind,
             coalesce(tenant_id, '-'), state, coalesce(meta ->> 'task_type', '-'), meta ->> 'company_id')))) as fingerprint
      from ${sql.table('job')}
     where created_at >= ${from} and created_at < ${to} and ${ofAnyState(table)}`.execute(transaction)
  return rows[0]?.fingerprint ?? ''
}

/**
 * Where no index begins with created_at, time is found by the one on state and time, state by state; which there are is
 * found by as many looks into it.
 */
export function ofAnyState({ hasTimeIndex }: JobsTable): RawBuilder<boolean> {
  if (hasTimeIndex) return sql`true`
  const job = sql.table('job')
  return sql`state = any(array(
    with recursive found as (
      (select state from ${job} order by state limit 1)
      union all
      select (select state from ${job} where job.state > found.state order by state limit 1)
        from found
       where found.state is not null
    )
    select state from found where state is not null))`
}
