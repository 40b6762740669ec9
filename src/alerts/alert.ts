import type { Condition } from './rule.js'

/** What a condition holds for, now. */
export interface Finding {
  /** What of the rule it is about, such as a queue; '' where a rule finds one thing only. */
  readonly subject: string
  /** For people. */
  readonly sentence: string
  /** Path and query of the page behind it, such as `/tasks?lost=true`. */
  readonly link: string
}

/** A condition that holds, or held until a moment ago. */
export interface OpenAlert extends Finding {
  readonly id: string
  readonly holdsSince: Date
  /** null: it has not held for long enough yet. */
  readonly firedAt: Date | null
  /** null: it holds. */
  readonly clearSince: Date | null
  /** Whether channels were told. */
  readonly announced: boolean
}

/** One that fired. */
export interface Alert extends Finding {
  readonly id: string
  readonly ruleId: string
  readonly ruleName: string
  readonly kind: Condition['kind']
  readonly firedAt: Date
  /** null: it goes on. */
  readonly endedAt: Date | null
}

export type AlertEvent = 'fired' | 'resolved'
