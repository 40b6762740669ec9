import { type Kysely, sql } from 'kysely'

/**
 * How many jobs of an application's table were created in each minute, hour and day, by what they are; with our own table
 * of jobs it stays empty. That table gets no triggers, so its hours are counted again when something in them may have changed
 * (src/tasks/attached/rollup).
 *
 * `attached_rollup_stale` names the minutes of rows that we looked at or wrote, in the transaction that did. It has no
 * unique index, so that no writer waits for another or for the keeper.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table attached_rollup (
      key_id integer not null,
      span smallint not null check (span in (1, 60, 1440)),
      bucket timestamptz not null,
      n integer not null,
      primary key (key_id, span, bucket)
    ) with (fillfactor = 80)`.execute(db)
  // For what is known of an hour that is counted again.
  await sql`create index attached_rollup_bucket on attached_rollup (bucket, span)`.execute(db)
  // `fingerprint`: of the rows as they were counted; null where some of them have been counted again since.
  await sql`
    create table attached_rollup_hour (
      hour timestamptz primary key,
      counted_at timestamptz not null,
      fingerprint text
    )`.execute(db)
  await sql`create table attached_rollup_stale (minute timestamptz not null)`.execute(db)
  await sql`
    create table attached_rollup_state (
      id boolean primary key default true check (id),
      jobs_table text not null,
      counted_until timestamptz,
      fresh_at timestamptz
    )`.execute(db)
}
