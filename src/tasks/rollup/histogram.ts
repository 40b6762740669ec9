/**
 * How times are sorted into bins (`time_bin` in migration 015): each is 5 % wider than the one below, so that whatever is
 * read from a histogram is within 2.5 % of the time of a real job, and histograms are added by adding their bins. Up to a
 * millisecond is one bin, shown as 0.
 */
const width = 1.05
const lowestBin = -142

/** The seconds that a bin stands for. */
function secondsOf(bin: number): number {
  return bin <= lowestBin ? 0 : (2 * width ** bin) / (1 + width)
}

/** The nearest rank of each share, in seconds; null of an empty histogram. `counts` are by bin. */
export function quantiles(counts: ReadonlyMap<number, number>, shares: readonly number[]): number[] | null {
  const bins = [...counts].filter(([, n]) => n > 0).sort(([a], [b]) => a - b)
  const total = bins.reduce((sum, [, n]) => sum + n, 0)
  if (total === 0) return null
  return shares.map((share) => {
    let left = Math.max(1, Math.ceil(share * total))
    const bin = bins.find(([, n]) => {
      left -= n
      return left <= 0
    })
    return secondsOf((bin ?? bins.at(-1) ?? [0])[0])
  })
}
