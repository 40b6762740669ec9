import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from '../../../db/schema.js'
import { minutesKeptHours } from '../../rollup/fold.js'

/** An hour is counted again after a twentieth of its age, the latest after a minute. */
const shareOfAge = 0.05
const soonest = '1 minute'

export async function hasMoreRowsThan(db: Kysely<Database>, rows: number): Promise<boolean> {
  const { rows: found } = await sql<{ n: number }>`
    select count(*)::int as n from (select from ${sql.table('job')} limit ${sql.lit(rows + 1)}) found`.execute(
    db,
  )
  return (found[0]?.n ?? 0) > rows
}

/** All that was counted. What is named as stale after this still is. */
export async function forgetAll(db: Kysely<Database>): Promise<void> {
  for (const table of ['attached_rollup', 'attached_rollup_hour', 'attached_rollup_stale'])
    await sql`delete from ${sql.table(table)}`.execute(db)
}

/** Learns of hours that have rows; reads all of them. Answers with those that were not known. */
export async function knowHours(db: Kysely<Database>, until: Date): Promise<readonly Date[]> {
  const { rows } = await sql<{ hour: Date }>`
    insert into attached_rollup_hour (hour, counted_at)
    select distinct date_trunc('hour', created_at, 'UTC'), '-infinity'::timestamptz
      from ${sql.table('job')}
     where created_at < ${until}
    on conflict do nothing
    returning hour`.execute(db)
  return rows.map(({ hour }) => hour)
}

/** `fingerprint` of all of its rows, where they are counted as they have it. */
export async function noteCounted(
  transaction: Transaction<Database>,
  hour: Date,
  fingerprint: string | null,
): Promise<void> {
  await sql`
    insert into attached_rollup_hour (hour, counted_at, fingerprint) values (${hour}, now(), ${fingerprint})
    on conflict (hour) do update
       set counted_at = excluded.counted_at, fingerprint = excluded.fingerprint`.execute(transaction)
}

/** Of the rows as they were when the hour was last counted in whole; null where some have been counted again since. */
export async function knownFingerprint(
  transaction: Transaction<Database>,
  hour: Date,
): Promise<string | null> {
  const { rows } = await sql<{ fingerprint: string | null }>`
    select fingerprint from attached_rollup_hour where hour = ${hour}`.execute(transaction)
  return rows[0]?.fingerprint ?? null
}

/** The one that has waited longest, in relation to its age. */
export async function dueHour(db: Kysely<Database>): Promise<Date | undefined> {
  const { rows } = await sql<{ hour: Date }>`
    select hour
      from (select hour, counted_at, greatest(now() - hour - interval '1 hour', interval '0') as age
              from attached_rollup_hour) h
     where counted_at < now() - greatest(age * ${sql.lit(shareOfAge)}::float8, ${sql.lit(soonest)}::interval)
     order by extract(epoch from now() - greatest(counted_at, '1970-01-01')) / (extract(epoch from age) + 3600) desc
     limit 1`.execute(db)
  return rows[0]?.hour
}

/** The hours that have stale minutes. */
export async function hoursOfStale(db: Kysely<Database>): Promise<readonly Date[]> {
  const { rows } = await sql<{ hour: Date }>`
    select distinct date_trunc('hour', minute, 'UTC') as hour from attached_rollup_stale order by 1`.execute(
    db,
  )
  return rows.map(({ hour }) => hour)
}

/**
 * The first and the last stale minute of an hour, which are not stale any more when the transaction is committed. That they are
 * counted says nothing of the others, so the hour has no fingerprint then.
 */
export async function takeStale(
  transaction: Transaction<Database>,
  hour: Date,
): Promise<{ readonly first: Date; readonly last: Date } | undefined> {
  const { rows } = await sql<{ first: Date | null; last: Date | null }>`
    with taken as (
      delete from attached_rollup_stale
       where minute >= ${hour} and minute < ${hour}::timestamptz + interval '1 hour'
      returning minute
    ),
    hours as (
      update attached_rollup_hour set fingerprint = null where hour = ${hour} and fingerprint is not null
    )
    select min(minute) as first, max(minute) as last from taken`.execute(transaction)
  const { first = null, last = null } = rows[0] ?? {}
  return first === null || last === null ? undefined : { first, last }
}

/** Minutes that are not read any more, and what came to nothing. */
export async function tidy(db: Kysely<Database>): Promise<void> {
  await sql`
    delete from attached_rollup
     where n = 0 or (span = 1 and bucket < now() - make_interval(hours => ${sql.lit(minutesKeptHours + 2)}))`.execute(
    db,
  )
}
