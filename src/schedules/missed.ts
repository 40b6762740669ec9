import { latest } from './latest.js'
import type { Timing } from './timing.js'

/** Runs that were due and of which nothing was seen. */
export interface Missed {
  /** When the first of them was due. */
  readonly since: Date
  /** At most so many. */
  readonly count: number
  /** There are more than are counted. */
  readonly more: boolean
}

/** A time in which runs could not be seen. */
export interface Blindness {
  readonly began: Date
  readonly ended: Date
}

/** Moments that are counted at most: to find one takes a quarter of a millisecond. */
const most = 20

/**
 * Runs due after `since` (the last that was seen) and up to `until`. What was due while nothing could be heard may have
 * run, and does not count.
 */
export function missedRuns(
  timing: Timing,
  since: Date,
  until: Date,
  blind: readonly Blindness[],
): Missed | null {
  if (timing.kind === 'unknown' || since >= until) return null
  return timing.kind === 'after'
    ? missedIntervals(timing.seconds * 1000, afterBlindness(since, until, blind), until)
    : missedMoments(timing.next, since, until, blind)
}

/** Each run is due after the one before, so one within the blindness moves all that follow. */
function afterBlindness(since: Date, until: Date, blind: readonly Blindness[]): Date {
  const within = blind.filter(({ began, ended }) => ended > since && began < until)
  return latest(since, ...within.map(({ ended }) => ended))
}

function missedIntervals(everyMs: number, since: Date, until: Date): Missed | null {
  const count = Math.floor((until.getTime() - since.getTime()) / everyMs)
  if (count < 1) return null
  return { since: new Date(since.getTime() + everyMs), count, more: false }
}

function missedMoments(
  next: (after: Date) => Date | null,
  since: Date,
  until: Date,
  blind: readonly Blindness[],
): Missed | null {
  const due: Date[] = []
  let at = next(since)
  while (at !== null && at <= until && due.length <= most) {
    const moment = at
    const end = blind.find(({ began, ended }) => moment >= began && moment <= ended)?.ended
    if (end === undefined) due.push(moment)
    at = next(end ?? moment)
  }
  const [first] = due
  return first === undefined
    ? null
    : { since: first, count: Math.min(due.length, most), more: due.length > most }
}
