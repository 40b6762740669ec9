import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import { Archive } from './archive.js'
import { AttachedDetails } from './attached-details.js'
import type { DueTask, Expiring } from './expiring.js'
import { type Judgement, judgementOf } from './judgement.js'
import { deleteEmptyBatches, deleteOldStops } from './old-stops.js'
import { OwnTasks } from './own-tasks.js'
import { Pace } from './pace.js'
import type { RetentionSettings } from './settings.js'

/** What a run has done so far. */
export interface RunProgress {
  /** Tasks that were looked at. */
  looked: number
  /** Deleted tasks by the number of their rule; `gone`: the application had deleted the row. */
  deleted: Record<string, number>
  /** Due, and left for the next run: somebody held them, or something happened to them. */
  skipped: number
  stops: number
  archivedTasks: number
  archivedBytes: number
}

export interface Run {
  readonly pool: pg.Pool
  readonly table: JobsTable
  readonly settings: RetentionSettings
  readonly began: Date
  readonly signal: AbortSignal
  readonly onProgress: (progress: Readonly<RunProgress>) => Promise<void> | void
}

export function noProgress(): RunProgress {
  return { looked: 0, deleted: {}, skipped: 0, stops: 0, archivedTasks: 0, archivedBytes: 0 }
}

/** How many tasks a run has deleted, by all rules. */
export function deletedTasks({ deleted }: Pick<RunProgress, 'deleted'>): number {
  return Object.values(deleted).reduce((sum, n) => sum + n, 0)
}

/** What ages in this table of jobs, with nothing looked at yet. */
export function expiringOf(pool: pg.Pool, table: JobsTable, judgement: Judgement): Expiring {
  return table.attached ? new AttachedDetails(pool, table, judgement) : new OwnTasks(pool, judgement)
}

/**
 * Deletes what is older than the rules keep it, slice by slice with pauses, until all was looked at or the signal ends
 * it. What is deleted stays deleted, so one that was ended is gone on with by beginning anew. With an archive each
 * slice is in it, on the disk, before it is deleted: a crash in between leaves tasks that are in both.
 */
export async function runRetention({
  pool,
  table,
  settings,
  began,
  signal,
  onProgress,
}: Run): Promise<RunProgress> {
  const progress = noProgress()
  const archive = settings.archive === null ? undefined : await Archive.open(settings.archive, began)
  const expiring = expiringOf(pool, table, judgementOf(settings, began))
  const pace = new Pace()
  /** Does a slice of work again and again until it says that it is through. */
  const paced = async (work: (size: number) => Promise<boolean>) => {
    for (let through = false; !through && !signal.aborted; ) {
      const begun = performance.now()
      through = await work(pace.size)
      const rest = pace.took(performance.now() - begun)
      await onProgress(progress)
      await pause(rest, undefined, { signal }).catch(() => {})
    }
  }

  await paced(async (size) => {
    const slice = await expiring.next(size)
    if (slice === undefined) return true
    progress.looked += slice.looked
    if (slice.due.length > 0) count(progress, slice.due, await deleteSlice(expiring, archive, slice.due))
    if (archive !== undefined) {
      progress.archivedTasks = archive.archived.tasks
      progress.archivedBytes = archive.archived.bytes
    }
    return false
  })
  const { ms } = settings.stops
  if (ms === null) return progress
  const before = new Date(began.getTime() - ms)
  await paced(async (size) => {
    const deleted = await deleteOldStops(pool, before, size)
    progress.stops += deleted
    return deleted < size
  })
  await paced(async (size) => (await deleteEmptyBatches(pool, before, size)) < size)
  return progress
}

async function deleteSlice(
  expiring: Expiring,
  archive: Archive | undefined,
  due: readonly DueTask[],
): Promise<ReadonlySet<string>> {
  if (archive === undefined) return await expiring.delete(due)
  const lines = await expiring.lines(due)
  if (lines.size === 0) return new Set()
  await archive.add([...lines.values()])
  return await expiring.delete(due.filter(({ taskId }) => lines.has(taskId)))
}

function count(progress: RunProgress, due: readonly DueTask[], gone: ReadonlySet<string>): void {
  for (const { taskId, rule } of due) {
    if (!gone.has(taskId)) {
      progress.skipped += 1
      continue
    }
    const name = rule === null ? 'gone' : String(rule)
    progress.deleted[name] = (progress.deleted[name] ?? 0) + 1
  }
}
