import { sql, type Transaction } from 'kysely'
import type { DatabaseConnection } from '../../db/connect.js'
import { oneAtATime } from '../../db/one-at-a-time.js'
import type { Database } from '../../db/schema.js'

export type RollupDatabase = Pick<DatabaseConnection, 'db' | 'pool'>

/**
 * Does something with the rollup while no other Crisper does, on one snapshot. Undefined where another does just now. The
 * lock is had before the snapshot is taken: what the one before has done must be in it.
 */
export async function foldingAlone<T>(
  { db, pool }: RollupDatabase,
  work: (transaction: Transaction<Database>) => Promise<T>,
): Promise<T | undefined> {
  return await oneAtATime(pool, 'crisper rollup', () =>
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (transaction) => {
        // All of it is sums of many groups.
        await sql`set local work_mem = '64MB'`.execute(transaction)
        return await work(transaction)
      }),
  )
}
