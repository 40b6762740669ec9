import { isFinished, isRunning } from '../tasks/job.js'
import type { StateRegister, TaskRecord } from '../tasks/record.js'
import { explainRefused, explainSent } from './explain.js'
import { type Evidence, type Stop, type StopReply, wordsOf } from './stop.js'
import type { StopChange } from './store.js'

export interface Outcome {
  readonly status: 'stopped' | 'finished'
  readonly evidence: Evidence
  readonly explanation: string
}

/** What a change of the task means for a stop. */
export type Verdict =
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  /**
   * The worker says that it terminated it. That is no proof: it says so as soon as it has sent the signal, whether or not
   * the process obeys. Its process must be looked for.
   */
  | { readonly kind: 'announced'; readonly outcome: Outcome }
  /** It was taken or started again although it was stopped: tell the workers again. */
  | { readonly kind: 'again' }
  | { readonly kind: 'open' }

/** Where a stop stands once the workers were told. `runs`: the task ran then. A worker's `ok` is no proof of anything. */
export function afterSending(stop: Stop, runs: boolean, replies: readonly StopReply[]): StopChange {
  const refused = replies.find(({ ok, worker }) => !ok && worker === stop.target?.worker)
  if (refused !== undefined) return { id: stop.id, status: 'armed', explanation: explainRefused(refused) }
  const status = runs && wordsOf(stop).terminate ? 'sent' : 'armed'
  return { id: stop.id, status, explanation: explainSent(stop, runs, replies) }
}

/** Judges an open stop by what is known of its task now. Pure; the engine acts on it. */
export function judge(stop: Stop, record: TaskRecord): Verdict {
  const { state } = record
  if (state === undefined) return { kind: 'open' }
  // Our own optimistic REVOKED names no worker: it is no evidence.
  if (isFinished(state.state) && state.worker !== undefined) return judgeEnd(stop, state, state.worker)
  return cameBack(stop, state, record.lastStartedAt) ? { kind: 'again' } : { kind: 'open' }
}

/** Whether a stop that was believed turns out to have come too late: the task succeeded or failed in spite of it. */
export function contradicted(stop: Stop, { state }: TaskRecord): Outcome | undefined {
  if (state?.worker === undefined || !endedOtherwise(state) || isAnsweredCleanUp(stop, state))
    return undefined
  return endedByItself(state, state.worker, 'although a worker had announced its end')
}

/** Whether it ended, and not by being revoked. */
export function endedOtherwise({ state }: StateRegister): boolean {
  return isFinished(state) && state !== 'REVOKED'
}

function judgeEnd(stop: Stop, state: StateRegister, worker: string): Verdict {
  if (isAnsweredCleanUp(stop, state)) {
    const explanation = `The task was asked to clean up (SIGUSR1) and ended with ${state.exception?.text.slice(0, 200)}.`
    return ended({ status: 'stopped', evidence: evidenceOf(state, worker), explanation })
  }
  if (state.state !== 'REVOKED' || state.revoked === 'expired') {
    const late = stop.mode === 'hard' ? 'before the stop took effect' : 'by itself'
    return ended(endedByItself(state, worker, late))
  }
  const terminated = state.revoked?.startsWith('terminated') === true
  const evidence = { ...evidenceOf(state, worker), terminated }
  if (!terminated) {
    return ended({
      status: 'stopped',
      evidence,
      explanation: `${worker} dropped the task before it ran.`,
    })
  }
  // SIGUSR1 asks the task to end: what it does then is still to come.
  if (stop.signal === 'USR1' && stop.escalatedAt === null) return { kind: 'open' }
  const outcome: Outcome = {
    status: 'stopped',
    evidence,
    explanation: `${worker} ${state.revoked} the running task.`,
  }
  return stop.target?.childPid == null ? ended(outcome) : { kind: 'announced', outcome }
}

/** Celery raises SoftTimeLimitExceeded inside a task that gets SIGUSR1. */
function isAnsweredCleanUp(stop: Stop, state: StateRegister): boolean {
  return (
    stop.signal === 'USR1' &&
    state.state === 'FAILURE' &&
    /^SoftTimeLimitExceeded\b/.test(state.exception?.text ?? '')
  )
}

function cameBack(stop: Stop, state: StateRegister, lastStartedAt: number | undefined): boolean {
  const taken = state.state === 'RECEIVED' ? state.at : isRunning(state.state) ? lastStartedAt : undefined
  return stop.sentAt !== null && taken !== undefined && taken * 1000 > stop.sentAt.getTime()
}

function endedByItself(state: StateRegister, worker: string, late: string): Outcome {
  const how = state.state === 'SUCCESS' ? 'succeeded' : state.state === 'FAILURE' ? 'failed' : 'expired'
  return {
    status: 'finished',
    evidence: evidenceOf(state, worker),
    explanation: `The task ${how} ${late}, on ${worker}.`,
  }
}

function evidenceOf(state: StateRegister, worker: string): Evidence {
  const event =
    state.state === 'SUCCESS' ? 'task-succeeded' : state.state === 'FAILURE' ? 'task-failed' : 'task-revoked'
  return { event, worker, at: new Date(state.at * 1000).toISOString() }
}

function ended(outcome: Outcome): Verdict {
  return { kind: 'ended', outcome }
}
