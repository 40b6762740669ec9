import { type TimeWindow, windowBefore } from './buckets.js'
import type { GroupRow } from './overview-sql.js'

/** Jobs whose times are read where there are too many for all. */
const sampleJobs = 50_000
const stretches = 100

/**
 * Stretches of time, spread over a window and that before it, in which about so many of its jobs were created. Where in its
 * part each begins is by chance, so that what runs by a schedule is not met always or never.
 */
export function sampleOf(window: TimeWindow, jobs: number): TimeWindow[] {
  const from = windowBefore(window).from.getTime()
  const length = (window.to.getTime() - from) / stretches
  const share = Math.min(1, sampleJobs / jobs)
  return Array.from({ length: stretches }, (_, nth) => {
    const begin = from + length * (nth + Math.random() * (1 - share))
    return { from: new Date(begin), to: new Date(begin + length * share) }
  })
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
