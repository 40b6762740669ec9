import type { Finding, OpenAlert } from './alert.js'
import type { Rule } from './rule.js'

/** What is to be done about the open alerts of one rule. */
export interface Step {
  /** Conditions that begin to hold. */
  readonly begun: readonly { readonly finding: Finding; readonly fires: boolean }[]
  /** They hold still, as these findings say. */
  readonly goOn: readonly { readonly alert: OpenAlert; readonly finding: Finding; readonly fires: boolean }[]
  /** They fired, and do not hold now. */
  readonly clearing: readonly OpenAlert[]
  readonly resolved: readonly OpenAlert[]
  /** They did not hold for long enough to fire. */
  readonly forgotten: readonly OpenAlert[]
}

/** Doublings at most of the time that one which comes back again and again takes to resolve. */
const mostDoublings = 5

/**
 * Compares what a rule found with its open alerts. A condition has to hold for `firesAfter` to fire, and not to hold for
 * `resolvesAfter` to be over; that doubles with each time that it fired within the last hour before (`recently`, by
 * subject), so that one that flaps stays one alert.
 */
export function step(
  { firesAfter, resolvesAfter }: Pick<Rule, 'firesAfter' | 'resolvesAfter'>,
  open: readonly OpenAlert[],
  findings: readonly Finding[],
  recently: ReadonlyMap<string, number>,
  now: Date,
): Step {
  const found = new Map(findings.map((finding) => [finding.subject, finding]))
  const known = new Set(open.map(({ subject }) => subject))
  const goOn = open.flatMap((alert) => {
    const finding = found.get(alert.subject)
    if (finding === undefined) return []
    return { alert, finding, fires: alert.firedAt === null && heldFor(alert.holdsSince, now) >= firesAfter }
  })
  const gone = open.filter(({ subject }) => !found.has(subject))
  const fired = gone.filter(({ firedAt }) => firedAt !== null)
  const patience = (subject: string) =>
    resolvesAfter * 2 ** Math.min(mostDoublings, Math.max(0, (recently.get(subject) ?? 0) - 1))
  const isOver = ({ clearSince, subject }: OpenAlert) => heldFor(clearSince ?? now, now) >= patience(subject)
  return {
    begun: [...found.values()]
      .filter(({ subject }) => !known.has(subject))
      .map((finding) => ({ finding, fires: firesAfter === 0 })),
    goOn,
    clearing: fired.filter((alert) => !isOver(alert) && alert.clearSince === null),
    resolved: fired.filter(isOver),
    forgotten: gone.filter(({ firedAt }) => firedAt === null),
  }
}

/** Seconds. */
function heldFor(since: Date, now: Date): number {
  return (now.getTime() - since.getTime()) / 1000
}
