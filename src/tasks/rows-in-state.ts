import { type Kysely, type SqlBool, sql } from 'kysely'
import type { Database } from '../db/schema.js'
import type { JobState } from './job.js'

/** Where a slice ended: time and id as the database writes them, for a Date would lose microseconds. */
export interface Position {
  readonly at: string
  readonly id: string
}

interface StateRow {
  readonly task_id: string
  readonly state: string
  readonly worker: string | null
  readonly created_at: Date
  readonly started_at: Date | null
}

/**
 * So many tasks whose rows are in this state, oldest first, and where the next slice begins (undefined at the end). By the
 * index on state and time, which every table of jobs has.
 */
export async function rowsInState(
  db: Kysely<Database>,
  state: JobState,
  { after, limit }: { readonly after: Position | undefined; readonly limit: number },
): Promise<{ readonly rows: readonly StateRow[]; readonly next: Position | undefined }> {
  const rows = await db
    .selectFrom('job')
    .select(['task_id', 'state', 'worker', 'created_at', 'started_at'])
    .select([sql<string>`created_at::text`.as('at'), sql<string>`id::text`.as('row_id')])
    .where('state', '=', state)
    .$if(after !== undefined, (query) =>
      query.where(sql<SqlBool>`(created_at, id) > (${after?.at}::timestamptz, ${after?.id}::uuid)`),
    )
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .execute()
  const last = rows.at(-1)
  const isLast = rows.length < limit || last === undefined
  return { rows, next: isLast ? undefined : { at: last.at, id: last.row_id } }
}
