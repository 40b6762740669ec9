import type { StatusNow, WorkerStatus } from './worker-status.js'
import type { Worker, Workers } from './workers.js'

export interface WorkerFilter {
  readonly statuses: readonly WorkerStatus[] | undefined
  readonly search: string | undefined
  /** Which of those that are gone. */
  readonly gone: 'recent' | 'all' | 'none'
  readonly limit: number
}

export interface ListedWorker extends StatusNow {
  readonly worker: Worker
}

export interface WorkerList {
  /** Those that are there first, by name; then those that are gone, the last seen first. */
  readonly workers: readonly ListedWorker[]
  readonly counts: Readonly<Record<WorkerStatus, number>>
  /** How many match beside these. */
  readonly folded: number
}

/** Seconds for which a worker that is gone stays in sight. */
const recentFor = 3600
const mostRecent = 50

/** The workers as a page shows them: where pods come and go, thousands that are gone must not hide those that are there. */
export function listWorkers(workers: Workers, filter: WorkerFilter, now = Date.now() / 1000): WorkerList {
  const matching = workers
    .list()
    .filter((worker) => matches(worker, filter.search))
    .map((worker) => ({ worker, ...workers.statusOf(worker, now) }))
    .filter(({ status }) => filter.statuses?.includes(status) ?? true)
  const there = matching.filter(({ status }) => !isGone(status))
  const gone = matching
    .filter(({ status }) => isGone(status))
    .sort((one, other) => other.worker.lastSeenAt - one.worker.lastSeenAt)
  const shown = [...there, ...inSight(gone, filter.gone, now)].slice(0, filter.limit)
  return { workers: shown, counts: countByStatus(matching), folded: matching.length - shown.length }
}

function inSight(gone: readonly ListedWorker[], which: WorkerFilter['gone'], now: number) {
  if (which === 'all') return gone
  if (which === 'none') return []
  return gone.filter(({ worker }) => now - worker.lastSeenAt <= recentFor).slice(0, mostRecent)
}

function isGone(status: WorkerStatus): boolean {
  return status === 'offline' || status === 'stopped'
}

function matches({ name, queues, version }: Worker, search: string | undefined): boolean {
  if (search === undefined) return true
  const part = search.toLowerCase()
  return [name, version ?? '', ...(queues ?? []).map((queue) => queue.name)].some((text) =>
    text.toLowerCase().includes(part),
  )
}

function countByStatus(workers: readonly ListedWorker[]): Record<WorkerStatus, number> {
  const counts: Record<WorkerStatus, number> = { online: 0, silent: 0, offline: 0, stopped: 0 }
  for (const { status } of workers) counts[status] += 1
  return counts
}
