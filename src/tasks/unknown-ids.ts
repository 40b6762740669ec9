import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/schema.js'

/** Characters that the column of task ids holds. */
const longestId = 255

/** Those of these task ids of which there is no job. Ids that could not be stored as they are are left out. */
export async function unknownIds(db: Kysely<Database>, ids: readonly string[]): Promise<string[]> {
  const storable = ids.filter((id) => id.length <= longestId && !id.includes('\0') && id.isWellFormed())
  const rows = await db
    .selectFrom('job')
    .select('task_id')
    .where(sql<boolean>`task_id = any(${storable}::text[])`)
    .execute()
  const known = new Set(rows.map(({ task_id }) => task_id))
  return storable.filter((id) => !known.has(id))
}
