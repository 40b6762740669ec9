import type { TaskMeta } from '../backend.js'
import type { Dialect } from './client.js'

/** One of the tables in which results are kept: that of Celery itself, or that of django-celery-results. */
export interface ResultTable {
  /** Its name where the configuration says no other. */
  readonly name: string
  /** Longer ids aren't in it. */
  readonly longestId: number
  /** Who makes it, for people. */
  readonly madeBy: string
  /** What an entry is; throws Malformed. null for PENDING, Celery's word for a task of which nothing is known. */
  read(row: unknown): TaskMeta | null
  /**
   * The row that says ABORTED, beside `task_id` and `status`: SQL by column. `kept` of a row that is there already stays
   * as it is.
   */
  aborted(dialect: Dialect): {
    readonly columns: Readonly<Record<string, string>>
    readonly kept: readonly string[]
  }
  /** Whether the id of a new row may have to be asked for. */
  readonly hasSequence: boolean
}
