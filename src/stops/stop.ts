import type { ActReply } from '../celery/control.js'
import { isFinished, isRunning } from '../tasks/job.js'
import type { AppliedTask } from '../tasks/store.js'

/**
 * A stop is a durable request that is followed until its outcome is known.
 *
 * requested  written, nothing sent yet
 * sent       the workers were told to terminate it; the confirmation is awaited
 * armed      the workers were told (or nobody was there to be told): whoever takes the task drops it. Sent again to
 *            every worker that comes online and at intervals, because workers keep revokes in memory only
 * stopped    Celery dropped or terminated it
 * finished   it ended by itself (or in spite of us): success or failure
 * failed     could not be sent
 * expired    nothing was heard of the task for too long; no longer sent
 */
export type StopStatus = 'requested' | 'sent' | 'armed' | 'stopped' | 'finished' | 'failed' | 'expired'

export type StopMode = 'soft' | 'hard'

/** What decided the outcome. */
export interface Evidence {
  /** The event, as the timeline names it; or the check that was made instead. */
  readonly event: string
  readonly worker: string | null
  /** ISO 8601. */
  readonly at: string
  readonly terminated?: boolean
}

export interface Stop {
  readonly id: string
  readonly taskId: string
  readonly mode: StopMode
  readonly status: StopStatus
  readonly requestedBy: string
  readonly reason: string | null
  readonly requestedAt: Date
  readonly sentAt: Date | null
  readonly sentCount: number
  readonly endedAt: Date | null
  /** Whether the database or the result backend knew the task at the request. */
  readonly known: boolean
  readonly replies: readonly StopReply[]
  readonly evidence: Evidence | null
  readonly explanation: string
}

export interface StopReply extends Omit<ActReply, 'at'> {
  /** ISO 8601. */
  readonly at: string
}

interface Outcome {
  readonly status: 'stopped' | 'finished'
  readonly evidence: Evidence
  readonly explanation: string
}

/** What a change of the task means for an open stop. */
export type Verdict =
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  /** It was taken or started again although it was stopped: tell the workers again. */
  | { readonly kind: 'again' }
  | { readonly kind: 'open' }

/** Judges an open stop by what is known of its task now. Pure; the engine acts on it. */
export function judge(stop: Stop, { record }: AppliedTask): Verdict {
  const { state } = record
  if (state === undefined) return { kind: 'open' }
  const at = new Date(state.at * 1000)

  // Our own optimistic REVOKED names no worker: it is no evidence.
  if (isFinished(state.state) && state.worker !== undefined) {
    return { kind: 'ended', outcome: outcomeOf(stop, state.state, state.revoked, state.worker, at) }
  }
  const taken =
    state.state === 'RECEIVED' ? state.at : isRunning(state.state) ? record.lastStartedAt : undefined
  const cameBack = stop.sentAt !== null && taken !== undefined && taken * 1000 > stop.sentAt.getTime()
  return cameBack ? { kind: 'again' } : { kind: 'open' }
}

function outcomeOf(
  stop: Stop,
  state: string,
  revoked: string | undefined,
  worker: string,
  at: Date,
): Outcome {
  const iso = at.toISOString()
  if (state === 'REVOKED' && revoked !== 'expired') {
    const terminated = revoked?.startsWith('terminated') === true
    return {
      status: 'stopped',
      evidence: { event: 'task-revoked', worker, at: iso, terminated },
      explanation: terminated
        ? `${worker} ${revoked} the running task.`
        : `${worker} dropped the task before it ran.`,
    }
  }
  const events = { SUCCESS: 'task-succeeded', FAILURE: 'task-failed', REVOKED: 'task-revoked' } as const
  const how = state === 'SUCCESS' ? 'succeeded' : state === 'FAILURE' ? 'failed' : 'expired'
  const late = stop.mode === 'hard' ? 'before the stop took effect' : 'by itself'
  return {
    status: 'finished',
    evidence: { event: events[state as keyof typeof events], worker, at: iso },
    explanation: `The task ${how} ${late}, on ${worker}.`,
  }
}
