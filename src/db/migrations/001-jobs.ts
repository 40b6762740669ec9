import { type Kysely, sql } from 'kysely'

/**
 * Jobs, what is known of each task, names, and stop requests.
 *
 * Every index serves a query: (created_at, id) the unfiltered list and its cursor; (state|kind|tenant_id|company|
 * task_type|task_name, created_at) the list under that filter and, for windows of time, statistics. Identifiers sort by bytes
 * (collate "C") so that a search by the start of an id uses the unique index whatever the database's locale.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table job (
      id uuid primary key default gen_random_uuid(),
      task_id varchar(255) collate "C" not null unique,
      task_name varchar(255) not null,
      queue varchar(100),
      worker varchar(200),
      kind varchar(64) not null default 'other',
      tenant_id varchar(64),
      created_by_id integer,
      state varchar(16) not null,
      created_at timestamptz not null,
      enqueued_at timestamptz,
      started_at timestamptz,
      finished_at timestamptz,
      eta timestamptz,
      expires timestamptz,
      retries integer not null check (retries >= 0),
      max_retries integer not null check (max_retries >= 0),
      priority integer,
      total integer check (total >= 0),
      done integer check (done >= 0),
      by_category jsonb,
      meta jsonb,
      result jsonb,
      error text
    ) with (fillfactor = 85)`.execute(db)
  await sql`create index job_created_at on job (created_at desc, id desc)`.execute(db)
  await sql`create index job_state on job (state, created_at desc)`.execute(db)
  await sql`create index job_kind on job (kind, created_at desc)`.execute(db)
  await sql`create index job_tenant on job (tenant_id, created_at desc)`.execute(db)
  await sql`create index job_company on job ((meta ->> 'company_id'), created_at desc)`.execute(db)
  await sql`create index job_task_type on job ((meta ->> 'task_type'), created_at desc)`.execute(db)
  await sql`create index job_task_name on job (task_name, created_at desc)`.execute(db)

  await sql`
    create table task_detail (
      task_id varchar(255) collate "C" primary key,
      version integer not null,
      record json not null,
      root_id text,
      parent_id text,
      exception_type text,
      runtime double precision
    ) with (fillfactor = 85)`.execute(db)

  await sql`create table task_name (name varchar(255) primary key)`.execute(db)

  await sql`
    create table stop_request (
      id uuid primary key,
      task_id varchar(255) collate "C" not null,
      mode text not null check (mode in ('soft', 'hard')),
      status text not null,
      requested_by text not null,
      reason text,
      requested_at timestamptz not null,
      sent_at timestamptz,
      sent_count integer not null default 0,
      ended_at timestamptz,
      known boolean not null,
      replies jsonb not null default '[]',
      evidence jsonb,
      explanation text not null
    )`.execute(db)
  await sql`create index stop_request_task on stop_request (task_id, requested_at desc)`.execute(db)
  await sql`create index stop_request_open on stop_request (requested_at) where ended_at is null`.execute(db)
}
