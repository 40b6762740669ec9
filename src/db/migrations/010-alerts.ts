import { type Kysely, sql } from 'kysely'

/**
 * Rules of alerts, what they found, and what was sent of it.
 *
 * `alert` has a row from the moment a condition holds: one that has not held for long enough to count has no `fired_at`,
 * and is deleted when it does not hold any more. `alert_notice` is the outbox, one row for each channel that is to be told.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table alert_rule (
      id uuid primary key,
      name text not null check (char_length(name) between 1 and 80),
      condition jsonb not null,
      fires_after integer not null,
      resolves_after integer not null,
      channels text[] not null,
      enabled boolean not null,
      muted_until timestamptz,
      created_by text not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      constraint alert_rule_name unique (name)
    )`.execute(db)
  await sql`
    create table alert (
      id uuid primary key,
      rule_id uuid not null,
      rule_name text not null,
      kind text not null,
      subject text not null,
      sentence text not null,
      link text not null,
      holds_since timestamptz not null,
      fired_at timestamptz,
      clear_since timestamptz,
      ended_at timestamptz,
      announced boolean not null default false
    )`.execute(db)
  await sql`create unique index alert_open on alert (rule_id, subject) where ended_at is null`.execute(db)
  await sql`create index alert_fired_at on alert (fired_at desc, id desc) where fired_at is not null`.execute(
    db,
  )
  await sql`create index alert_rule_fired_at on alert (rule_id, fired_at desc) where fired_at is not null`.execute(
    db,
  )
  await sql`
    create table alert_notice (
      id bigint generated always as identity primary key,
      alert_id uuid not null references alert on delete cascade,
      channel text not null,
      event text not null check (event in ('fired', 'resolved')),
      created_at timestamptz not null,
      due_at timestamptz not null,
      attempts integer not null default 0,
      sent_at timestamptz,
      given_up_at timestamptz,
      problem text
    )`.execute(db)
  await sql`create index alert_notice_due on alert_notice (due_at) where sent_at is null and given_up_at is null`.execute(
    db,
  )
  await sql`create index alert_notice_alert on alert_notice (alert_id)`.execute(db)
  await sql`create index alert_notice_sent on alert_notice (channel, sent_at desc) where sent_at is not null`.execute(
    db,
  )
}
