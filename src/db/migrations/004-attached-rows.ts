import { type Kysely, sql } from 'kysely'

/**
 * Rows of an application's table that are to be looked at again: what could not be written since the application held
 * the row, and what has ended, since its own handlers may write after us. The partial index finds them; with our own
 * table it stays empty.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table task_detail add column row_due_at timestamptz`.execute(db)
  await sql`create index task_detail_row_due on task_detail (row_due_at) where row_due_at is not null`.execute(
    db,
  )
}
