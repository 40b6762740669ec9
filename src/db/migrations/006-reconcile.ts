import { type Kysely, sql } from 'kysely'

/**
 * Lost tasks, and gaps in what was heard.
 *
 * The partial index finds the lost ones however many tasks there are, and costs a write of any other task nothing. Gaps
 * are bounded in number (src/reconcile/gaps.ts); `stream_heartbeat` is the one row that says until when events were
 * written, so that the next start knows how long nobody listened.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table task_detail add column lost_at timestamptz`.execute(db)
  await sql`create index task_detail_lost on task_detail (lost_at, task_id) where lost_at is not null`.execute(
    db,
  )
  await sql`
    create table gap (
      id bigint generated always as identity primary key,
      kind text not null,
      began_at timestamptz not null,
      ended_at timestamptz not null,
      count integer,
      lossy boolean not null,
      note text not null,
      healed integer not null default 0,
      added integer not null default 0,
      lost integer not null default 0,
      reconciled_at timestamptz
    )`.execute(db)
  await sql`create index gap_ended_at on gap (ended_at desc, id desc)`.execute(db)
  await sql`
    create table stream_heartbeat (
      id boolean primary key default true check (id),
      heard_at timestamptz not null
    )`.execute(db)
}
