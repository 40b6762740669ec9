import { z } from 'zod'

/** A task that is older than its rule keeps it. */
export const dueTask = z.object({
  taskId: z.string(),
  /** Of what was looked at: one that was written since is left for the next run. */
  version: z.string(),
  /** Number of its rule; null: the application has deleted its row. */
  rule: z.number().nullable(),
  state: z.string().nullable(),
  taskType: z.string().nullable(),
  since: z.string(),
})

export type DueTask = z.infer<typeof dueTask>

export interface Slice {
  /** Tasks that were looked at. */
  readonly looked: number
  readonly due: readonly DueTask[]
}

/** What ages: looked at slice by slice, so that no statement is long. */
export interface Expiring {
  /** So many tasks further; undefined at the end. */
  next(size: number): Promise<Slice | undefined>
  /** Of those that are still as they were looked at, a line of JSON each. */
  lines(due: readonly DueTask[]): Promise<Map<string, string>>
  /**
   * Deletes those that are still as they were looked at. One that somebody holds locked is left for the next run: it
   * waits for nobody. Answers with the ids of those that are gone.
   */
  delete(due: readonly DueTask[]): Promise<ReadonlySet<string>>
}
