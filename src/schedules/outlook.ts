import type { BeatEntry } from '../celery/beat/entry.js'
import type { LastTask } from './last-tasks.js'
import { latest } from './latest.js'
import { type Blindness, type Missed, missedRuns } from './missed.js'
import { type Timing, timingOf } from './timing.js'

export const scheduleStatuses = [
  'active',
  /** Its time has not begun. */
  'waiting',
  'disabled',
  /** It was to run once, and has. */
  'done',
  'expired',
] as const

export type ScheduleStatus = (typeof scheduleStatuses)[number]

/** What an entry says together with what was seen of its task. */
export interface Outlook {
  readonly status: ScheduleStatus
  readonly lastRun: LastRun | null
  /** null: `whyNoNext` says why. May be past: then it is due. */
  readonly nextRunAt: Date | null
  readonly whyNoNext: string | null
  readonly missed: Missed | null
  /** What has to be mended for the entry to be of use, or to be told more of. */
  readonly problem: string | null
}

interface LastRun {
  readonly at: Date
  /** The newest task of that name, or what beat wrote into the table. */
  readonly source: 'task' | 'table'
  readonly task: LastTask | null
}

export interface Seen {
  readonly lastTask: LastTask | null
  /** Other entries run the same task: which of them a run was of, nothing tells. */
  readonly isShared: boolean
  /** In which a crontab is meant that names none. */
  readonly timezone: string | null
  /** Since when it is known to us; runs due before are nobody's. */
  readonly knownSince: Date
  /** Until when everything that came was written. */
  readonly heardUntil: Date
  readonly blind: readonly Blindness[]
  readonly now: Date
}

/** Milliseconds that a run may be late before it counts as missed. */
const marginMs = 60_000
/** Milliseconds by which clocks may differ, so that a run seems to have been before the moment at which it was due. */
const earlyMs = 30_000

export function outlookOf(entry: BeatEntry, seen: Seen): Outlook {
  const status = statusOf(entry, seen.now)
  const timing = timingOf(entry.schedule, seen.timezone)
  const next = isGoing(status) ? nextRunOf(entry, timing, seen) : { at: null, why: null }
  const isWrong = timing.kind === 'unknown' && entry.schedule.kind !== 'solar'
  return {
    status,
    lastRun: lastRunOf(entry, seen),
    nextRunAt: next.at,
    whyNoNext: next.why,
    missed: status === 'active' ? missedOf(entry, timing, seen) : null,
    problem: entry.problem ?? (isWrong ? timing.why : null),
  }
}

/** Whether beat still has to do with it. */
export function isGoing(status: ScheduleStatus): boolean {
  return status === 'active' || status === 'waiting'
}

export function statusOf(entry: BeatEntry, now: Date): ScheduleStatus {
  const { enabled, oneOff, expiresAt, startsAt, lastRunAt, totalRuns } = entry
  if (expiresAt !== null && expiresAt <= now) return 'expired'
  // Beat sets the number of runs back when it disables it.
  if (oneOff && (enabled ? (totalRuns ?? 0) > 0 : lastRunAt !== null)) return 'done'
  if (!enabled) return 'disabled'
  return startsAt !== null && startsAt > now ? 'waiting' : 'active'
}

function lastRunOf({ lastRunAt }: BeatEntry, { lastTask, isShared }: Seen): LastRun | null {
  const isOfTable = lastRunAt !== null && (isShared || lastTask === null || lastRunAt > lastTask.at)
  if (isOfTable) return { at: lastRunAt, source: 'table', task: null }
  return lastTask && { at: lastTask.at, source: 'task', task: lastTask }
}

interface NextRun {
  readonly at: Date | null
  readonly why: string | null
}

function nextRunOf(entry: BeatEntry, timing: Timing, seen: Seen): NextRun {
  const { schedule, startsAt } = entry
  if (schedule.kind === 'clocked') return until(entry, schedule.at)
  if (timing.kind === 'unknown') return { at: null, why: timing.why }
  if (timing.kind === 'after') return nextInterval(entry, timing.seconds, seen)
  const at = timing.next(latest(seen.now, before(startsAt)))
  return at === null ? { at, why: 'There is no such day.' } : until(entry, at)
}

/** It counts from the entry's own last run; beat runs one that never ran when its time begins. */
function nextInterval(entry: BeatEntry, seconds: number, seen: Seen): NextRun {
  const { startsAt } = entry
  const last = seen.isShared ? entry.lastRunAt : (lastRunOf(entry, seen)?.at ?? null)
  if (last !== null) return until(entry, latest(new Date(last.getTime() + seconds * 1000), startsAt))
  if (startsAt !== null) return until(entry, startsAt)
  return {
    at: null,
    why: seen.isShared
      ? 'Other entries run the same task, so the last run of this one, from which it counts, is not known.'
      : 'No run of it has been seen yet, from which it counts.',
  }
}

function until({ expiresAt }: BeatEntry, at: Date): NextRun {
  if (expiresAt === null || at < expiresAt) return { at, why: null }
  return { at: null, why: 'It expires before it is due again.' }
}

function missedOf(entry: BeatEntry, timing: Timing, seen: Seen): Missed | null {
  const { lastTask, knownSince, heardUntil, blind, now } = seen
  const ran = latest(new Date(0), lastTask?.at ?? null, entry.lastRunAt)
  const after = timing.kind === 'at' ? new Date(ran.getTime() + earlyMs) : ran
  const from = lastTask === null && entry.lastRunAt === null ? knownSince : after
  const since = latest(from, entry.changedAt, before(entry.startsAt))
  const end = Math.min(now.getTime() - marginMs, heardUntil.getTime())
  return missedRuns(timing, since, new Date(end), blind)
}

/** So that what is due then is after it. */
function before(moment: Date | null): Date | null {
  return moment && new Date(moment.getTime() - 1)
}
