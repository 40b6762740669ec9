import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from '../../db/schema.js'

/** Of all Crispers on one database. */
const key = sql`hashtextextended('crisper rollup', 0)`

/**
 * Does something with the rollup while no other Crisper does, on one snapshot. Undefined where another does just now.
 */
export async function foldingAlone<T>(
  db: Kysely<Database>,
  work: (transaction: Transaction<Database>) => Promise<T>,
): Promise<T | undefined> {
  return await db.connection().execute(async (connection) => {
    // Before the snapshot is taken: what the one before has done must be in it.
    const { rows } = await sql<{ mine: boolean }>`select pg_try_advisory_lock(${key}) as mine`.execute(
      connection,
    )
    if (rows[0]?.mine !== true) return undefined
    try {
      return await connection.transaction().setIsolationLevel('repeatable read').execute(work)
    } finally {
      await sql`select pg_advisory_unlock(${key})`.execute(connection)
    }
  })
}
