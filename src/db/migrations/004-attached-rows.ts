import { type Kysely, sql } from 'kysely'

/**
 * What attached mode remembers; with our own table of jobs it stays empty.
 *
 * Rows of the application that are to be looked at again: what could not be written since the application held the row,
 * and what has ended, since its own handlers may write after us. The partial index finds them. And when rows without a
 * type were last looked for.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table task_detail add column row_due_at timestamptz`.execute(db)
  await sql`create index task_detail_row_due on task_detail (row_due_at) where row_due_at is not null`.execute(
    db,
  )
  await sql`
    create table type_look (
      id boolean primary key default true check (id),
      looked_at timestamptz not null
    )`.execute(db)
}
