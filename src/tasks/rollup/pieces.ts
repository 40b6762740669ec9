/** Minutes that one row of a rollup covers. */
export type Span = 1 | 60 | 1440

/** A stretch of time that is read at one resolution: `from` belongs to it, `to` does not; null is for ever. */
export interface Piece {
  /** null: the jobs themselves. */
  readonly span: Span | null
  readonly from: Date | null
  readonly to: Date | null
}

export interface OpenWindow {
  readonly from: Date | null
  readonly to: Date | null
}

const minuteMs = 60_000

/**
 * Cuts a window into whole days, hours and minutes in its middle, and what is left of a minute at its edges, which is read
 * from the jobs: so it is exact to the millisecond. `coarsest` is the longest span that may be used; minutes before
 * `minutesFrom` are not kept any more and are read from the jobs, too.
 */
export function piecesOf(window: OpenWindow, coarsest: Span, minutesFrom: Date): Piece[] {
  const spans = ([1440, 60, 1] as const).filter((span) => span <= coarsest)
  return cover(window, spans, minutesFrom)
}

function cover(window: OpenWindow, [span, ...finer]: readonly Span[], minutesFrom: Date): Piece[] {
  const { from, to } = window
  if (from !== null && to !== null && from >= to) return []
  if (span === undefined || (span === 1 && (from === null || from < minutesFrom))) {
    return [{ span: null, from, to }]
  }
  const size = span * minuteMs
  const first = from && new Date(Math.ceil(from.getTime() / size) * size)
  const end = to && new Date(Math.floor(to.getTime() / size) * size)
  if (first !== null && end !== null && first >= end) return cover(window, finer, minutesFrom)
  return [
    ...(first === null ? [] : cover({ from, to: first }, finer, minutesFrom)),
    { span, from: first, to: end },
    ...(end === null ? [] : cover({ from: end, to }, finer, minutesFrom)),
  ]
}
