import { isFinished } from '../api/tasks.js'
import type { Task } from '../api/types.js'

/** What the list and the page of a task derive from its fields. Durations are in seconds. */

export function companyOf({ meta, tenant_id }: Pick<Task, 'meta' | 'tenant_id'>): string {
  const company =
    typeof meta === 'object' && meta !== null && 'company_id' in meta ? meta.company_id : tenant_id
  return company === null || company === undefined ? '' : String(company)
}

/** The state that a badge shows: of a task that nobody has, that it is lost. */
export function shownState({ state, lost }: Pick<Task, 'state' | 'lost'>): string {
  return lost && !isFinished({ state }) ? 'lost' : state
}

/** How long it ran, or runs already; null where it did not start. */
export function tookOf({
  state,
  started_at,
  finished_at,
}: Pick<Task, 'state' | 'started_at' | 'finished_at'>): number | null {
  if (started_at === null) return null
  if (finished_at === null && state !== 'STARTED' && state !== 'PROGRESS') return null
  return between(started_at, finished_at)
}

/** How long it waited for a worker, or waits already. */
export function waitedOf({
  created_at,
  enqueued_at,
  started_at,
  finished_at,
}: Pick<Task, 'created_at' | 'enqueued_at' | 'started_at' | 'finished_at'>): number | null {
  const since = enqueued_at ?? created_at
  if (since === null || (started_at === null && finished_at !== null)) return null
  return between(since, started_at)
}

function between(from: string, to: string | null): number {
  return Math.max(0, (to === null ? Date.now() : Date.parse(to)) - Date.parse(from)) / 1000
}
