import { bucketsOf, type TimeWindow, windowBefore } from './buckets.js'
import type { GroupRow } from './overview-sql.js'

/** Jobs whose times are read where there are too many for all. */
const sampleJobs = 50_000
/** Parts of the window before, which is shown as one. */
const partsBefore = 50

/**
 * Stretches of time in which about so many jobs of a window and of that before it were created: one in each point of the window.
 * Where in its part each begins is by chance, so that what runs by a schedule is not met always or never.
 */
export function sampleOf(window: TimeWindow, bucketSeconds: number, jobs: number): TimeWindow[] {
  const share = Math.min(1, sampleJobs / jobs)
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

function groupOf({ dimension, key, current }: GroupRow): string {
  return JSON.stringify([dimension, dimension === 'point' ? Number(key) : key, current])
}
