import type pg from 'pg'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import { judgementOf } from './judgement.js'
import { expiringOf } from './run.js'
import { deletesSomething, type RetentionSettings } from './settings.js'

/** Tasks of one rule, state and type that would be deleted. */
interface DueGroup {
  /** null: rows that the application has deleted. */
  readonly rule: number | null
  readonly state: string | null
  readonly taskType: string | null
  count: number
  oldest: Date
}

export interface DryRun {
  readonly at: Date
  readonly groups: readonly DueGroup[]
  readonly total: number
  readonly looked: number
  /** The time was up: there are as many at least. */
  readonly more: boolean
}

const slice = 5000

/** Counts what a run would delete now, and deletes nothing; for so many milliseconds at most. */
export async function dryRun(
  parts: { readonly pool: pg.Pool; readonly table: JobsTable; readonly settings: RetentionSettings },
  longestMs: number,
): Promise<DryRun> {
  const { pool, table, settings } = parts
  const at = new Date()
  const groups = new Map<string, DueGroup>()
  let looked = 0
  let total = 0
  let more = false
  if (deletesSomething(settings)) {
    const expiring = expiringOf(pool, table, judgementOf(settings, at))
    const until = performance.now() + longestMs
    for (;;) {
      const found = await expiring.next(slice)
      if (found === undefined) break
      looked += found.looked
      total += found.due.length
      for (const { rule, state, taskType, since } of found.due) {
        const key = JSON.stringify([rule, state, taskType])
        const when = new Date(since)
        const group = groups.get(key) ?? { rule, state, taskType, count: 0, oldest: when }
        group.count += 1
        if (when < group.oldest) group.oldest = when
        groups.set(key, group)
      }
      more = performance.now() > until
      if (more) break
    }
  }
  return { at, groups: [...groups.values()].sort((a, b) => b.count - a.count), total, looked, more }
}
