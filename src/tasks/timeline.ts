import { canonical } from './canonical.js'
import type { TimelineEntry } from './record.js'

/**
 * What happened to a task, each thing once, in the order of `compareEntries`. A list, not an object by identity: keys that
 * are different each time cost V8 more than looking through the few entries that a task has.
 */
type Timeline = readonly TimelineEntry[]

/** A task that retries for ever must not grow without bound: this many of its earliest and latest entries are kept. */
const keepFirst = 50
const keepLast = 350

/**
 * Union by identity. Keeping the k least and the m greatest of a union is itself commutative, associative and
 * idempotent, so the bound does not disturb the merge.
 */
export function mergeTimelines(a: Timeline, b: Timeline): Timeline {
  if (a.length === 0) return b
  if (b.length === 0) return a
  const union = [...a]
  let isOrdered = true
  for (const entry of b) {
    const place = union.findIndex((other) => isSame(entry, other))
    const twin = union[place]
    const last = union.at(-1)
    if (twin !== undefined) {
      // The same event through two collectors differs at most in when it arrived.
      union[place] = earlier(entry, twin)
      isOrdered &&= union[place] === twin
    } else {
      isOrdered &&= last === undefined || compareEntries(last, entry) < 0
      union.push(entry)
    }
  }
  if (!isOrdered) union.sort(compareEntries)
  return union.length <= keepFirst + keepLast
    ? union
    : [...union.slice(0, keepFirst), ...union.slice(-keepLast)]
}

function isSame(a: TimelineEntry, b: TimelineEntry): boolean {
  if (a.id !== undefined || b.id !== undefined) return a.id === b.id
  return a.type === b.type && a.worker === b.worker && timestampOf(a) === timestampOf(b)
}

/** As its sender gave it: the same event through two collectors is one entry. */
function timestampOf({ timestamp, at }: TimelineEntry): number {
  return timestamp ?? at
}

function earlier(a: TimelineEntry, b: TimelineEntry): TimelineEntry {
  if (a.at !== b.at) return a.at < b.at ? a : b
  return canonical(a) <= canonical(b) ? a : b
}

/** Entries in the order in which they happened. */
export function inOrder(entries: Timeline): TimelineEntry[] {
  return entries.toSorted(compareEntries)
}

/** By time; where that is equal, in the order of a task's life; else in one that does not depend on who told first. */
function compareEntries(a: TimelineEntry, b: TimelineEntry): number {
  return a.at - b.at || lifeOrder(a.type) - lifeOrder(b.type) || (identityOf(a) < identityOf(b) ? -1 : 1)
}

function identityOf(entry: TimelineEntry): string {
  return entry.id ?? `${entry.type}|${entry.worker}|${timestampOf(entry)}`
}

const life = ['task-sent', 'task-received', 'task-started', 'custom', 'task-retried']

function lifeOrder(type: string): number {
  const place = life.indexOf(type)
  return place < 0 ? life.length : place
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
  for (const entry of timeline) {
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
  const found = timeline.findLast(({ type }) => type === 'reconcile-result')
  if (found !== undefined && attempts.at(-1)?.endedAt === null) end(attempts, found)
}
