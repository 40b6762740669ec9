import { type Kysely, sql } from 'kysely'

/** How far imports went, so that one that was interrupted goes on. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table import_progress (
      source text primary key,
      position text,
      seen bigint not null,
      added bigint not null,
      ended boolean not null
    )`.execute(db)
}
