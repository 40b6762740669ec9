import { type Kysely, sql } from 'kysely'

/**
 * Runs of retention: what each deleted, and how it ended. The index finds the latest, and what is too old to tell of.
 * `task_was_deleted` makes a write fail that would bring back a task which was deleted (src/tasks/write-records.ts).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table retention_run (
      id uuid primary key,
      started_at timestamptz not null,
      ended_at timestamptz,
      requested_by text,
      looked bigint not null default 0,
      deleted jsonb not null default '{}',
      skipped bigint not null default 0,
      stops bigint not null default 0,
      archived_tasks bigint not null default 0,
      archived_bytes bigint not null default 0,
      through boolean not null default false,
      problem text
    )`.execute(db)
  await sql`create index retention_run_started_at on retention_run (started_at desc)`.execute(db)
  await sql`
    create function task_was_deleted(task_id text) returns text language plpgsql as $$
    begin
      raise exception 'task % was deleted meanwhile', task_id using errcode = 'CRDEL';
    end $$`.execute(db)
}
