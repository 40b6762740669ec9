import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/schema.js'
import { conditions, type TaskFilter } from './filter.js'

/** Those of these tasks that count as lost. */
export async function lostAmong(
  db: Kysely<Database>,
  taskIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (taskIds.length === 0) return new Set()
  const rows = await db
    .selectFrom('task_detail')
    .select('task_id')
    .where(sql<boolean>`task_id = any(${taskIds}::text[])`)
    .where('lost_at', 'is not', null)
    .execute()
  return new Set(rows.map(({ task_id }) => task_id))
}

/** How many of those that a filter means count as lost. */
export async function countLost(db: Kysely<Database>, filter: TaskFilter): Promise<number> {
  const { n } = await db
    .selectFrom('job')
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .where((eb) => conditions(eb, { ...filter, lost: true }))
    .executeTakeFirstOrThrow()
  return Number(n)
}
