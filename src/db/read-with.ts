import { type Kysely, sql } from 'kysely'
import type { Database } from './schema.js'

/** Reads one moment's state, in a transaction that can't write, under settings of its own, such as a `statement_timeout`. */
export async function readWith<T>(
  db: Kysely<Database>,
  settings: Readonly<Record<string, string>>,
  read: (bound: Kysely<Database>) => Promise<T>,
): Promise<T> {
  const each = Object.entries(settings).map(([name, value]) => sql`set_config(${name}, ${value}, true)`)
  return await db
    .transaction()
    .setAccessMode('read only')
    .setIsolationLevel('repeatable read')
    .execute(async (bound) => {
      await sql`select ${sql.join(each)}`.execute(bound)
      return await read(bound)
    })
}
