import type { ActReply, PoolKind } from '../celery/control.js'

/**
 * A stop is a durable request that is followed until its outcome is known. This file is its state machine: the states,
 * which may follow which, and what a stop consists of. outcome.ts judges events and checks, engine.ts acts.
 *
 * requested  written down, nothing sent yet; in a batch also: waits for its turn
 * sent       the workers were told to terminate it; the confirmation is awaited
 * armed      the workers were told (or nobody was there to be told): whoever takes the task drops it, and what runs is
 *            not run again. Sent again to every worker that comes online and at intervals, because workers keep revokes
 *            in memory only
 * stopped    Celery dropped or terminated it. Only a success that comes to light later takes this back (-> finished)
 * finished   it ended by itself, or in spite of us: success, failure, expiry
 * failed     it was not sent, or refused
 * expired    nothing was heard of the task for too long; no longer sent
 * cancelled  taken back before it took effect
 */
export const stopStatuses = [
  'requested',
  'sent',
  'armed',
  'stopped',
  'finished',
  'failed',
  'expired',
  'cancelled',
] as const

export type StopStatus = (typeof stopStatuses)[number]

/** What may follow each state. A state is also followed by itself: a new explanation or sending changes no state. */
export const transitions: Readonly<Record<StopStatus, readonly StopStatus[]>> = {
  requested: ['sent', 'armed', 'stopped', 'finished', 'failed', 'expired', 'cancelled'],
  // A hard stop in a cluster whose pool turns out not to terminate is at least armed.
  sent: ['armed', 'stopped', 'finished', 'expired'],
  // A stopped task that came back running is terminated, where the stop is hard; so is one whose time to end was up.
  armed: ['sent', 'stopped', 'finished', 'expired', 'cancelled'],
  stopped: ['finished'],
  finished: [],
  failed: [],
  expired: [],
  cancelled: [],
}

/** States in which a stop is still followed. */
export const openStatuses: readonly StopStatus[] = ['requested', 'sent', 'armed']

export function isOpen(status: StopStatus): boolean {
  return openStatuses.includes(status)
}

/** The states from which `to` may be reached, itself among them while it is open. */
export function sourcesOf(to: StopStatus): readonly StopStatus[] {
  const sources = stopStatuses.filter((from) => transitions[from].includes(to))
  return isOpen(to) ? [...sources, to] : sources
}

export type StopMode = 'soft' | 'hard'

/** Signals a hard stop may name (`celery.platforms.signals` takes them without SIG). USR1 lets a task clean up. */
export const stopSignals = ['TERM', 'QUIT', 'USR1', 'KILL'] as const
export type StopSignal = (typeof stopSignals)[number]

/** What decided the outcome. */
export interface Evidence {
  /** The event, as the timeline names it. */
  readonly event?: string
  /** What was looked at, in words: beside the event, or where none came. */
  readonly check?: string
  readonly worker: string | null
  /** ISO 8601. */
  readonly at: string
  readonly terminated?: boolean
}

/** Where the task ran when it was stopped. */
export interface Target {
  readonly worker: string
  readonly pool: PoolKind | null
  /** The pool process that ran it, on prefork: it must be gone before the stop is believed. */
  readonly childPid: number | null
}

/** Why it was sent. Sendings at intervals are only counted. */
export const sendingReasons = [
  'request',
  'worker greeted',
  'reconnected',
  'came back',
  'escalation',
  'interval',
] as const
export type SendingReason = (typeof sendingReasons)[number]

export interface Sending {
  /** ISO 8601. */
  readonly at: string
  readonly why: SendingReason
  /** The one worker it was sent to; null is all. */
  readonly worker: string | null
  readonly signal: string | null
}

export interface StopReply extends Omit<ActReply, 'at'> {
  /** ISO 8601. */
  readonly at: string
}

/** What somebody asked for. */
export interface StopOrder {
  readonly mode: StopMode
  readonly by: string
  readonly reason: string | null
  /** null is the worker's own choice: SIGTERM, or what REMAP_SIGTERM says. */
  readonly signal: StopSignal | null
  /**
   * Seconds that a running task is given to end by itself; then it is killed (SIGKILL). null: terminated at once.
   *
   * It is not "SIGTERM, then SIGKILL": a worker forgets a task when it signals its process (`Request.terminate` calls
   * `task_ready`), so that a second revoke finds nothing (seen on 5.2.6 and 5.6.3). The only signal must be the last.
   */
  readonly escalateAfter: number | null
  /** Set the ABORTED flag that Celery's abortable tasks look at. */
  readonly cooperative: boolean
}

export interface Stop extends StopOrder {
  readonly id: string
  readonly taskId: string
  readonly batchId: string | null
  readonly status: StopStatus
  readonly requestedAt: Date
  readonly sentAt: Date | null
  readonly sentCount: number
  readonly escalatedAt: Date | null
  readonly endedAt: Date | null
  /** Whether the database or the result backend knew the task at the request. */
  readonly known: boolean
  /** State of the job at the request; null where there was none. */
  readonly priorState: string | null
  readonly target: Target | null
  readonly replies: readonly StopReply[]
  readonly sendings: readonly Sending[]
  readonly evidence: Evidence | null
  readonly explanation: string
}

/** What a worker is told: only remember it, or end it too, and with which signal. */
export function wordsOf(stop: Stop): { terminate: boolean; signal: StopSignal | null } {
  if (stop.escalatedAt !== null) return { terminate: true, signal: 'KILL' }
  const held = stop.escalateAfter !== null
  return { terminate: stop.mode === 'hard' && !held, signal: held ? null : stop.signal }
}
