import { bucketsOf, type TimeWindow, windowBefore } from './buckets.js'
import type { GroupRow } from './overview-sql.js'

/** Jobs of which some are read, where there are too many for all. */
export interface Population {
  /** In a window and that before it. */
  readonly jobs: number
  /** Those among which they have to be looked for: more than `jobs` where no index finds them. */
  readonly among: number
}

/** Of so many all are read rather than their sums: it is not dear, and exact. */
const fewJobs = 20_000
/** Jobs of a sample at most, and those that are looked at for them. */
const sampleJobs = 50_000
const mostLookedAt = 200_000
/** Parts of the window before, which is shown as one. */
const partsBefore = 50

export function canReadAll({ jobs, among }: Population): boolean {
  return jobs <= fewJobs && among <= mostLookedAt
}

/**
 * Stretches of time in which about so many jobs of a window and of that before it were created: one in each point of the window.
 * Where in its part each begins is by chance, so that what runs by a schedule is not met always or never.
 */
export function sampleOf(
  window: TimeWindow,
  bucketSeconds: number,
  { jobs, among }: Population,
): TimeWindow[] {
  const share = Math.min(1, sampleJobs / jobs, mostLookedAt / among)
  const parts = [...equalParts(windowBefore(window), partsBefore), ...bucketsOf(window, bucketSeconds)]
  return parts.map((part) => {
    const length = part.to.getTime() - part.from.getTime()
    const begin = part.from.getTime() + length * Math.random() * (1 - share)
    return { from: new Date(begin), to: new Date(begin + length * share) }
  })
}

function equalParts({ from, to }: TimeWindow, count: number): TimeWindow[] {
  const length = (to.getTime() - from.getTime()) / count
  const start = (nth: number) => new Date(from.getTime() + Math.round(nth * length))
  return Array.from({ length: count }, (_, nth) => ({ from: start(nth), to: start(nth + 1) }))
}

/** The counts of the one, with the times of the same groups in the other. */
export function withTimesOf(counted: readonly GroupRow[], sampled: readonly GroupRow[]): GroupRow[] {
  const byGroup = new Map(sampled.map((row) => [groupOf(row), row]))
  return counted.map((row) => {
    const { wait = null, run = null } = byGroup.get(groupOf(row)) ?? {}
    return { ...row, wait, run }
  })
}

/** The groups by name of a sample, with as many jobs as there should be of each where all are counted. */
export function namesOf(sampled: readonly GroupRow[], counted: readonly GroupRow[]): GroupRow[] {
  const all = (rows: readonly GroupRow[], current: boolean) =>
    rows.find((row) => row.dimension === 'all' && row.current === current)?.total ?? 0
  return sampled
    .filter(({ dimension }) => dimension === 'name')
    .map((row) => {
      const inAll = (n: number) => Math.round((n * all(counted, row.current)) / all(sampled, row.current))
      const { total, succeeded, failed, revoked } = row
      return {
        ...row,
        total: inAll(total),
        succeeded: inAll(succeeded),
        failed: inAll(failed),
        revoked: inAll(revoked),
      }
    })
}

function groupOf({ dimension, key, current }: GroupRow): string {
  return JSON.stringify([dimension, dimension === 'point' ? Number(key) : key, current])
}
