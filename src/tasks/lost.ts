import type { LostMark, TaskRecord } from './record.js'

/** States in which a worker has the task. */
const held: ReadonlySet<string> = new Set(['RECEIVED', 'STARTED', 'PROGRESS'])

/**
 * The evidence that the task is lost; undefined where it is not. Nothing has to take the mark back: it counts only while
 * the task is said to be with a worker, and nothing later is known than what was known when it was made.
 */
export function lostOf(record: TaskRecord): LostMark | undefined {
  const { lost, state, foundAt } = record
  if (lost === undefined || state === undefined) return undefined
  if (!held.has(state.state) && state.source !== 'reconcile') return undefined
  const found = foundAt !== undefined && foundAt > lost.at
  return found || lastHeard(record) > lost.heardAt ? undefined : lost
}

/** When the last thing happened to the task of which a worker told, in epoch seconds. */
export function lastHeard({ state, received, lastStartedAt, progress, timeline, firstSeenAt }: TaskRecord) {
  const told = timeline.filter(({ type, worker }) => worker !== undefined && !isOurs(type))
  return Math.max(
    ...[received?.at, lastStartedAt, progress?.at].map((at) => at ?? firstSeenAt),
    state?.fromWorker && state.source !== 'reconcile' ? state.at : firstSeenAt,
    ...told.map(({ at }) => at),
  )
}

/** Entries that reconciling wrote. */
function isOurs(type: string): boolean {
  return type.startsWith('reconcile-')
}
