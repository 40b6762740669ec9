import type { AlertEvent } from '../alert.js'
import type { Condition } from '../rule.js'

/** Something to tell. */
export interface Told {
  readonly id: string
  readonly event: AlertEvent
  readonly rule: string
  /** null: no rule is behind it; somebody tries a channel. */
  readonly kind: Condition['kind'] | null
  readonly subject: string
  readonly sentence: string
  readonly firedAt: Date
  readonly endedAt: Date | null
  /** Of the page behind it; null where nobody said where people reach Crisper. */
  readonly url: string | null
}

/** What is sent at a time. */
export interface Message {
  readonly channel: string
  readonly told: readonly Told[]
  /** Somebody tries whether it arrives. */
  readonly test: boolean
}

/** A way to tell people or programs. */
export interface Channel {
  readonly kind: 'webhook' | 'slack' | 'email'
  /** Where it goes, without secrets. */
  readonly target: string
  /** Rejects with why it could not be sent. */
  send(message: Message): Promise<void>
  close(): void
}

/** One line for people, such as "2 alerts: failures of etl; no worker". */
export function headlineOf({ told, test }: Message): string {
  const fired = told.filter(({ event }) => event === 'fired').length
  const resolved = told.length - fired
  const parts = [
    ...(fired > 0 ? [`${fired} ${fired === 1 ? 'alert' : 'alerts'}`] : []),
    ...(resolved > 0 ? [`${resolved} resolved`] : []),
  ]
  const rules = [...new Set(told.map(({ rule }) => rule))]
  const named = rules.slice(0, 3).join(', ') + (rules.length > 3 ? ' and others' : '')
  return `${test ? 'Test: ' : ''}${parts.join(', ')}: ${named}`
}
