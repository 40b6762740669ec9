const dayMs = 86_400_000

/** A part of the tasks that come: how large, and how long its rule keeps it. */
export interface Portion {
  /** Of one. */
  readonly share: number
  /** null: for ever. */
  readonly keepMs: number | null
}

export interface ForecastFacts {
  readonly tasksPerDay: number
  readonly portions: readonly Portion[]
  /** Tasks that are there now and not older than so many milliseconds; null: all of them. */
  readonly youngerThan: (ms: number | null) => number
}

export interface Forecast {
  readonly days: number
  /** Tasks. */
  readonly without: number
  readonly withRules: number
}

/**
 * How many tasks there will be, where as many go on coming, of the same kinds. Of those that come in the meantime a
 * portion leaves those that are not older than its rule keeps them; of those that are there now, those that were young
 * enough.
 */
export function forecast({ tasksPerDay, portions, youngerThan }: ForecastFacts, days: number): Forecast {
  const now = youngerThan(null)
  const without = now + tasksPerDay * days
  const kept = portions.map(({ share, keepMs }) => {
    if (keepMs === null) return share * without
    const keepDays = keepMs / dayMs
    const arrived = tasksPerDay * Math.min(days, keepDays)
    const left = keepDays > days ? youngerThan(keepMs - days * dayMs) : 0
    return share * (arrived + left)
  })
  return { days, without, withRules: kept.reduce((sum, n) => sum + n, 0) }
}
