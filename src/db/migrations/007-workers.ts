import { type Kysely, sql } from 'kysely'

/**
 * Workers that were there. Bounded by src/fleet/register.ts, which deletes those that are gone for long; the index is for
 * that.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table worker (
      name varchar(255) collate "C" primary key,
      first_seen_at timestamptz not null,
      last_seen_at timestamptz not null,
      stopped boolean not null,
      restarts integer not null check (restarts >= 0),
      pid bigint,
      pool text,
      concurrency integer,
      version text
    ) with (fillfactor = 80)`.execute(db)
  await sql`create index worker_last_seen_at on worker (last_seen_at desc)`.execute(db)
}
