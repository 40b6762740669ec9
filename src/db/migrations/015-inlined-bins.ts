import { type Kysely, sql } from 'kysely'

/**
 * `time_bin` (migration 011) without `strict`: PostgreSQL puts the body of a function in place of its call only where it is
 * not. Null stays null. Half of what the triggers of the rollup cost were these calls.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function time_bin(seconds double precision) returns smallint
      language sql immutable parallel safe
      as $$ select case when seconds <= 0.001 then -142 else ceil(ln(seconds) / ln(1.05)) end::smallint $$`.execute(
    db,
  )
}
