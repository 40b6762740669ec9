import { type Kysely, sql } from 'kysely'
import { type JobsTable, quotedTable } from '../../../db/jobs-table/jobs-table.js'
import type { Database } from '../../../db/schema.js'

/** How far the rows of an application's table are counted. */
export interface AttachedRollupState {
  /** The first minute that is not; null where nothing is counted yet. */
  readonly countedUntil: Date | null
  /** What we had written until then is in it. */
  readonly freshAt: Date | null
}

export const nothingCounted: AttachedRollupState = { countedUntil: null, freshAt: null }

/** Of this table: what was counted of another counts for nothing. */
export async function readState(db: Kysely<Database>, table: JobsTable): Promise<AttachedRollupState> {
  const { rows } = await sql<{ counted_until: Date | null; fresh_at: Date | null }>`
    select counted_until, fresh_at from attached_rollup_state where jobs_table = ${quotedTable(table)}`.execute(
    db,
  )
  const [row] = rows
  return row === undefined ? nothingCounted : { countedUntil: row.counted_until, freshAt: row.fresh_at }
}

export async function writeState(
  db: Kysely<Database>,
  table: JobsTable,
  { countedUntil, freshAt }: AttachedRollupState,
): Promise<void> {
  await sql`
    insert into attached_rollup_state (jobs_table, counted_until, fresh_at)
    values (${quotedTable(table)}, ${countedUntil}, ${freshAt})
    on conflict (id) do update
       set jobs_table = excluded.jobs_table, counted_until = excluded.counted_until, fresh_at = excluded.fresh_at`.execute(
    db,
  )
}
