import { type Kysely, sql } from 'kysely'

/**
 * Who may ask, and what they did.
 *
 * `audit_entry` is only ever added to: a trigger refuses updates, and deletions of all but the oldest entries, and each
 * entry carries the hash of the one before (src/access/audit.ts). `saved_view.scope_key` is the scope of its owner: others
 * see what is shared only within the same.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table access_token (
      id uuid primary key,
      prefix text not null unique,
      digest bytea not null,
      name text not null unique,
      role text not null,
      scope jsonb not null,
      created_at timestamptz not null,
      created_by text not null,
      expires_at timestamptz,
      revoked_at timestamptz,
      last_used_at timestamptz
    )`.execute(db)
  await sql`
    create table access_user (
      name text primary key,
      password text not null,
      role text not null,
      scope jsonb not null,
      created_at timestamptz not null,
      disabled_at timestamptz
    )`.execute(db)
  await sql`
    create table access_session (
      digest bytea primary key,
      identity jsonb not null,
      created_at timestamptz not null,
      expires_at timestamptz not null
    )`.execute(db)
  await sql`create index access_session_expires on access_session (expires_at)`.execute(db)
  await sql`
    create table audit_entry (
      seq bigint primary key,
      at timestamptz not null,
      who text not null,
      address text not null,
      action text not null,
      target text,
      detail jsonb not null,
      status integer not null,
      previous bytea not null,
      hash bytea not null
    )`.execute(db)
  await sql`create index audit_entry_at on audit_entry (at)`.execute(db)
  await sql`
    create function audit_entry_stays() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' and old.seq < (select max(seq) from audit_entry)
         and current_setting('crisper.audit_retention', true) = 'on' then
        return old;
      end if;
      raise exception 'the audit is only added to';
    end $$`.execute(db)
  await sql`
    create trigger audit_entry_stays before update or delete on audit_entry
      for each row execute function audit_entry_stays()`.execute(db)
  await sql`alter table saved_view add column scope_key text not null default ''`.execute(db)
}
