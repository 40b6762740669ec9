import pg from 'pg'

/** The table that holds the jobs: our own, or one of the application that Crisper is attached to. */
export interface JobsTable {
  readonly schema: string
  readonly name: string
  /** The application's: it writes the same rows, and nothing but rows is ever changed by us. */
  readonly attached: boolean
  /** Type of `created_by_id`. */
  readonly userIdType: 'smallint' | 'integer' | 'bigint' | 'uuid'
  /** Characters that `task_id` holds; a task with a longer id has no row there. null: any number. */
  readonly taskIdLength: number | null
  /** Whether an index begins with created_at. Without one, lists by time are put together from those by state and time. */
  readonly hasTimeIndex: boolean
  /** Whether an index begins with task_name and created_at. */
  readonly hasNameIndex: boolean
}

export const ownJobsTable: JobsTable = {
  schema: 'crisper',
  name: 'job',
  attached: false,
  userIdType: 'integer',
  taskIdLength: 255,
  hasTimeIndex: true,
  hasNameIndex: true,
}

/** Its name as SQL takes it. */
export function quotedTable({ schema, name }: Pick<JobsTable, 'schema' | 'name'>): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`
}

/** The application's table can't be used as it is. One line: what is wrong, and the way out. */
export class BadJobsTable extends Error {
  override readonly name = 'BadJobsTable'
}
