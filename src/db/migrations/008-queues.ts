import { type Kysely, sql } from 'kysely'

/**
 * Queues over time, and what was purged from them.
 *
 * `queue_sample` holds a day, a row a minute for each queue that is sampled; its second index finds what is too old.
 * `purged_message` holds the export of each purge, a line of JSON for each message, for a week.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table queue_sample (
      queue text not null,
      at timestamptz not null,
      waiting integer not null,
      taken integer not null,
      oldest_at timestamptz,
      primary key (queue, at)
    )`.execute(db)
  await sql`create index queue_sample_at on queue_sample (at)`.execute(db)
  await sql`
    create table queue_purge (
      id uuid primary key,
      queue text not null,
      requested_by text not null,
      reason text,
      requested_at timestamptz not null,
      touched_at timestamptz not null,
      ended_at timestamptz,
      waiting integer not null,
      deleted integer not null default 0,
      taken integer not null default 0,
      incomplete integer not null default 0,
      problem text
    )`.execute(db)
  await sql`create index queue_purge_queue on queue_purge (queue, requested_at desc)`.execute(db)
  await sql`create index queue_purge_requested_at on queue_purge (requested_at)`.execute(db)
  await sql`
    create table purged_message (
      purge_id uuid not null,
      position integer not null,
      line text not null,
      primary key (purge_id, position)
    )`.execute(db)
}
