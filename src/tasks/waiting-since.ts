import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/schema.js'
import { storable } from './storable.js'

/** Since when these tasks wait: since they were sent or, where nobody said so, since they were first heard of. */
export async function waitingSince(
  db: Kysely<Database>,
  taskIds: readonly string[],
): Promise<Map<string, Date>> {
  if (taskIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('job')
    .select(['task_id', 'enqueued_at', 'created_at'])
    .where(sql<boolean>`task_id = any(${taskIds.map(storable)}::text[])`)
    .execute()
  return new Map(rows.map((row) => [row.task_id, row.enqueued_at ?? row.created_at]))
}

/** Those of these tasks whose message, or the event of its sending, is known. By the primary key. */
export async function describedTasks(
  db: Kysely<Database>,
  taskIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('task_detail')
    .select('task_id')
    .where(sql<boolean>`task_id = any(${taskIds}::text[])`)
    .where(sql<boolean>`coalesce(record -> 'queued', record -> 'sent') is not null`)
    .execute()
  return new Set(rows.map(({ task_id }) => task_id))
}
