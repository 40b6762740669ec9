import { type Kysely, sql } from 'kysely'

/**
 * Stops as things to look at, and stops in bulk.
 *
 * Indexes: (requested_at, id) the list of stops and its cursor; (batch_id, status) the progress of a batch and the next of
 * its stops; task_detail (root_id) the tasks of a workflow, without the roots, which know themselves.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table stop_batch (
      id uuid primary key,
      mode text not null check (mode in ('soft', 'hard')),
      requested_by text not null,
      reason text,
      requested_at timestamptz not null,
      filter jsonb,
      root_id text,
      total integer not null,
      cancelled_at timestamptz
    )`.execute(db)
  await sql`create index stop_batch_root on stop_batch (requested_at) where root_id is not null`.execute(db)
  await sql`create index stop_batch_requested_at on stop_batch (requested_at desc, id desc)`.execute(db)
  await sql`
    alter table stop_request
      add column batch_id uuid,
      add column signal text,
      add column escalate_after double precision check (escalate_after >= 0),
      add column escalated_at timestamptz,
      add column cooperative boolean not null default false,
      add column target jsonb,
      add column sendings jsonb not null default '[]',
      add column prior_state text,
      add column queue text,
      add column task_created_at timestamptz`.execute(db)
  await sql`create index stop_request_requested_at on stop_request (requested_at desc, id desc)`.execute(db)
  await sql`create index stop_request_batch on stop_request (batch_id, status) where batch_id is not null`.execute(
    db,
  )
  await sql`
    create index stop_request_waiting on stop_request (queue, task_created_at)
     where status = 'requested' and batch_id is not null`.execute(db)
  await sql`create index task_detail_root on task_detail (root_id) where root_id <> task_id`.execute(db)
}
