import { canonical } from './canonical.js'
import type { TimelineEntry } from './record.js'

type Timeline = Readonly<Record<string, TimelineEntry>>

/** A task that retries for ever must not grow without bound: this many of its earliest and latest entries are kept. */
const keepFirst = 50
const keepLast = 350

/**
 * Union by identity. Keeping the k least and the m greatest of a union is itself commutative, associative and
 * idempotent, so the bound does not disturb the merge.
 */
export function mergeTimelines(a: Timeline, b: Timeline): Timeline {
  const union = emptyTimeline()
  let size = 0
  for (const key in a) {
    const entry = a[key]
    if (entry === undefined) continue
    union[key] = entry
    size += 1
  }
  for (const key in b) {
    const entry = b[key]
    if (entry === undefined) continue
    const twin = union[key]
    // The same event through two collectors differs at most in when it arrived.
    union[key] = twin === undefined ? entry : earlier(entry, twin)
    if (twin === undefined) size += 1
  }
  if (size <= keepFirst + keepLast) return union
  const ordered = Object.entries(union).sort(([keyA, x], [keyB, y]) => x.at - y.at || (keyA < keyB ? -1 : 1))
  return Object.fromEntries([...ordered.slice(0, keepFirst), ...ordered.slice(-keepLast)])
}

/**
 * To be filled. Its keys are different each time: as keys of an ordinary object each would give V8 another shape to
 * remember, which cost a fifth of ingest. Without a prototype it is a plain dictionary from the start.
 */
export function emptyTimeline(): Record<string, TimelineEntry> {
  return Object.create(null)
}

function earlier(a: TimelineEntry, b: TimelineEntry): TimelineEntry {
  if (a.at !== b.at) return a.at < b.at ? a : b
  return canonical(a) <= canonical(b) ? a : b
}

/**
 * Entries in the order in which they happened; where times are equal, in the order of a task's life, and where that is
 * equal too, in one that does not depend on who told first.
 */
export function inOrder(timeline: Timeline): TimelineEntry[] {
  return Object.entries(timeline)
    .sort(
      ([keyA, a], [keyB, b]) =>
        a.at - b.at || lifeOrder(a.type) - lifeOrder(b.type) || (keyA < keyB ? -1 : 1),
    )
    .map(([, entry]) => entry)
}

/** One run of a task: from a worker taking it (or starting it) to how that ended. Times are epoch seconds. */
export interface Attempt {
  readonly number: number
  readonly worker: string | null
  readonly pid: number | null
  readonly receivedAt: number | null
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** The event that ended it, for example `task-retried`; null while it is open. */
  readonly outcome: string | null
  readonly exception: string | null
  /** Seconds: the worker's own figure, else from start to end. */
  readonly runtime: number | null
  /** It was run again although the one before did not end in a retry: the message came a second time. */
  readonly redelivered: boolean
}

type OpenAttempt = { -readonly [K in keyof Attempt]: Attempt[K] } & { retries: number | null }

const endings = new Set(['task-succeeded', 'task-failed', 'task-retried', 'task-revoked', 'task-rejected'])

/** Splits a timeline into the runs of the task. */
export function attemptsOf(timeline: Timeline): Attempt[] {
  const attempts: OpenAttempt[] = []
  for (const entry of inOrder(timeline)) {
    if (entry.type === 'task-received') begin(attempts, entry).receivedAt = entry.at
    else if (entry.type === 'task-started') toStart(attempts, entry).startedAt = entry.at
    else if (endings.has(entry.type)) end(attempts, entry)
  }
  endAsFound(attempts, timeline)
  return attempts.map(({ retries, ...attempt }) => attempt)
}

function begin(attempts: OpenAttempt[], entry: TimelineEntry): OpenAttempt {
  const attempt: OpenAttempt = {
    number: attempts.length + 1,
    worker: entry.worker ?? null,
    pid: entry.pid ?? null,
    receivedAt: null,
    startedAt: null,
    endedAt: null,
    outcome: null,
    exception: null,
    runtime: null,
    redelivered: isRedelivery(attempts.at(-1), entry),
    retries: entry.retries ?? null,
  }
  attempts.push(attempt)
  return attempt
}

/**
 * A further run is a retry when its message counts one more than the last, which can arrive before that one's
 * `task-retried` (the pool process publishes it, the main process reports it), or when the last ended in a retry.
 */
function isRedelivery(last: OpenAttempt | undefined, entry: TimelineEntry): boolean {
  if (last === undefined || last.outcome === 'task-retried') return false
  return !(entry.retries !== undefined && last.retries !== null && entry.retries > last.retries)
}

/** The attempt that this start belongs to: the last one on this worker that waits to be started, else a new one. */
function toStart(attempts: OpenAttempt[], entry: TimelineEntry): OpenAttempt {
  const waiting = attempts.findLast(
    ({ worker, startedAt, endedAt }) => worker === entry.worker && startedAt === null && endedAt === null,
  )
  return waiting ?? begin(attempts, entry)
}

/** Ends the run in progress rather than one that still waits. A task dropped before any worker took it has none. */
function end(attempts: OpenAttempt[], entry: TimelineEntry): void {
  const open = attempts.filter(({ endedAt }) => endedAt === null)
  const here = open.filter(({ worker }) => worker === entry.worker)
  const attempt = here.findLast(({ startedAt }) => startedAt !== null) ?? here.at(-1) ?? open.at(-1)
  if (attempt === undefined) return
  attempt.endedAt = entry.at
  attempt.outcome = entry.type
  attempt.exception = entry.exception ?? null
  attempt.runtime =
    entry.runtime ?? (attempt.startedAt === null ? null : Math.max(0, entry.at - attempt.startedAt))
}

/** Ends the run in progress as the result backend says, where no event told of its end. */
function endAsFound(attempts: OpenAttempt[], timeline: Timeline): void {
  const found = inOrder(timeline).findLast(({ type }) => type === 'reconcile-result')
  if (found !== undefined && attempts.at(-1)?.endedAt === null) end(attempts, found)
}

function lifeOrder(type: string): number {
  const order = ['task-sent', 'task-received', 'task-started', 'custom', 'task-retried']
  const place = order.indexOf(type)
  return place < 0 ? order.length : place
}
