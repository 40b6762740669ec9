import { type Kysely, sql } from 'kysely'

/**
 * Saved views of the web interface.
 *
 * `name_key` is the name as it is compared (src/views/view.ts): lower() of PostgreSQL knows, in some locales, no letters
 * beyond ASCII. Its unique index also serves an owner's list and count; there are too few rows for one on the shared.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table saved_view (
      id uuid primary key,
      owner text not null,
      name text not null check (char_length(name) between 1 and 80),
      name_key text not null,
      page text not null check (page in ('tasks', 'overview', 'stops')),
      query jsonb not null,
      columns jsonb,
      shared boolean not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      constraint saved_view_name unique (owner, page, name_key)
    )`.execute(db)
}
