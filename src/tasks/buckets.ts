/** A stretch of time: `from` belongs to it, `to` does not. */
export interface TimeWindow {
  readonly from: Date
  readonly to: Date
}

/** Sizes that people read at a glance: parts and multiples of a minute, an hour, a day, a week. */
const roundSeconds = [
  1, 5, 10, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800,
] as const

/** The smallest round size that cuts the window into at most so many buckets, in seconds. */
export function bucketSize(window: TimeWindow, most: number): number {
  let size: number | undefined = roundSeconds.find((seconds) => bucketCount(window, seconds) <= most)
  if (size !== undefined) return size
  // Beyond a week there is no round size left: weeks, doubled until they are long enough.
  size = 604_800
  while (bucketCount(window, size) > most) size *= 2
  return size
}

/** All buckets of the window in order. They start at multiples of their size since 1970; the window cuts the outer two. */
export function bucketsOf(window: TimeWindow, seconds: number): TimeWindow[] {
  const [from, to, size] = [window.from.getTime(), window.to.getTime(), seconds * 1000]
  const first = Math.floor(from / size) * size
  return Array.from({ length: bucketCount(window, seconds) }, (_, index) => ({
    from: new Date(Math.max(first + index * size, from)),
    to: new Date(Math.min(first + (index + 1) * size, to)),
  }))
}

/** The window of equal length that ends where this one starts. */
export function windowBefore({ from, to }: TimeWindow): TimeWindow {
  return { from: new Date(from.getTime() - (to.getTime() - from.getTime())), to: from }
}

function bucketCount({ from, to }: TimeWindow, seconds: number): number {
  const size = seconds * 1000
  return Math.ceil(to.getTime() / size) - Math.floor(from.getTime() / size)
}
