import { alternatives } from './errors.js'
import type { Stop, StopReply } from './stop.js'

/** Sentences for people about where a stop stands. */

/** After the workers were told. `runs`: the task ran then. */
export function explainSent(stop: Stop, runs: boolean, replies: readonly StopReply[]): string {
  const workers = new Set(replies.map(({ worker }) => worker)).size
  if (workers === 0 && !runs) {
    return 'No worker answered. The stop is armed: it is sent to every worker that comes online.'
  }
  const told = workers === 1 ? '1 worker was told' : `${workers} workers were told`
  if (runs && stop.mode === 'hard') {
    if (stop.escalateAfter !== null) {
      return `It runs and has ${stop.escalateAfter} s to end by itself; then it is killed (${told}).`
    }
    if (stop.signal === 'USR1') return `It was asked to clean up and end (SIGUSR1; ${told}).`
    return `Termination was asked for (${told}); no confirmation has come yet.`
  }
  if (runs) return `It runs and may finish; it will not be retried or run again (${told}).`
  if (!stop.known) return `Nobody has seen this task yet; should it turn up, it is dropped (${told}).`
  return `It has not started; it is dropped when a worker takes it (${told}).`
}

/** The worker that runs it answered with an error. */
export function explainRefused({ worker, text }: StopReply): string {
  return `${worker} could not terminate it (${text.slice(0, 200)}). ${alternatives}`
}

/** Its worker has signalled the process and says that the task is revoked, which is so only once the process is gone. */
export function explainAnnounced({ target }: Stop): string {
  return (
    `${target?.worker} has signalled process ${target?.childPid}; whether that is gone is being looked at. ` +
    'A pool may take some five seconds to notice.'
  )
}

/** A hard stop that nothing has confirmed in the time that a process is given to end. */
export function explainUnconfirmed({ target, signal, escalatedAt }: Stop, alive: boolean): string {
  const worker = target?.worker ?? 'its worker'
  if (!alive) {
    return (
      `Not confirmed: ${worker} has neither reported its end nor answered since. ` +
      'It is followed on; should the worker be gone, so is the task.'
    )
  }
  const told = escalatedAt !== null ? 'SIGKILL' : signal === null ? "the worker's own signal" : `SIG${signal}`
  return (
    `Not confirmed: process ${target?.childPid} on ${worker} was sent ${told} and still runs the task. ` +
    'Celery has forgotten the task, so no second signal can be sent through it: end that process on its host, or ' +
    'restart the worker. To be sure at the next time, use signal KILL or escalate_after.'
  )
}

export function explainCancelled(stop: Stop, by: string): string {
  const told = [...new Set(stop.replies.filter(({ ok }) => ok).map(({ worker }) => worker))]
  if (told.length === 0) return `Taken back by ${by}. No worker has heard of it.`
  const who = told.length > 5 ? `${told.length} workers` : told.join(', ')
  return (
    `Taken back by ${by}; it is not sent any more. What can't be taken back: ${who} remember the revoke until they ` +
    'restart, three hours at most, and drop the task if they take it. To be sure that it runs, publish it with a new id.'
  )
}

/** What the caller of a stop is told. */
export function messageFor(stop: Stop): string {
  switch (stop.status) {
    case 'stopped':
      return `The task was stopped. ${stop.explanation}`
    case 'finished':
      return `Too late: ${stop.explanation}`
    default:
      return stop.explanation
  }
}
