import { isJobState } from '../tasks/job.js'
import type { TaskRecord } from '../tasks/record.js'
import { resumedRegister, stoppedRegister, terminatedRegister } from '../tasks/record-of-event.js'
import type { Stop } from './stop.js'

/** What a stop tells about its task, as a record to merge: who and why; and REVOKED where it does not run. */
export function markOf(stop: Stop, runs: boolean): TaskRecord {
  const at = stop.requestedAt.getTime() / 1000
  const reason = stop.reason === null ? {} : { reason: stop.reason }
  const note = `${stop.mode} stop by ${stop.by}${stop.reason === null ? '' : `: ${stop.reason}`}`
  return {
    taskId: stop.taskId,
    firstSeenAt: at,
    stop: { at, mode: stop.mode, by: stop.by, ...reason },
    timeline: [{ id: `stop-requested|${stop.id}`, type: 'stop-requested', at, note }],
    ...(runs ? {} : { state: stoppedRegister(at) }),
  }
}

/**
 * A stop was taken back: the task is what it was, where our own REVOKED is all that was said since, and no other stop
 * (`stillStopped`) means it.
 */
export function unmarkOf(
  stop: Pick<Stop, 'id' | 'taskId' | 'priorState'>,
  by: string,
  { state }: TaskRecord,
  stillStopped: boolean,
): TaskRecord {
  const at = Date.now() / 1000
  const ours = state?.state === 'REVOKED' && state.worker === undefined && !stillStopped
  const prior = stop.priorState
  return {
    taskId: stop.taskId,
    firstSeenAt: at,
    timeline: [{ id: `stop-cancelled|${stop.id}`, type: 'stop-cancelled', at, note: `taken back by ${by}` }],
    ...(ours && prior !== null && isJobState(prior) ? { state: resumedRegister(at, prior) } : {}),
  }
}

/** Something that happened to the stop and that the task's own history should tell. */
export function noteOf(stop: Stop, type: string, note: string): TaskRecord {
  const at = Date.now() / 1000
  return {
    taskId: stop.taskId,
    firstSeenAt: at,
    timeline: [{ id: `${type}|${stop.id}|${at}`, type, at, note }],
  }
}

/** Its process runs on although its worker says that it was terminated. */
export function survivedMark(stop: Stop): TaskRecord {
  const { firstSeenAt, ...note } = noteOf(stop, 'stop-survived', `process ${stop.target?.childPid} runs on`)
  return { ...note, firstSeenAt, survivedAt: firstSeenAt }
}

/** The process that ran the task was seen to be gone, without an event that said so. */
export function terminatedMark(stop: Stop, worker: string, when: Date): TaskRecord {
  const at = when.getTime() / 1000
  return {
    ...noteOf(stop, 'stop-checked', 'its process is gone'),
    state: terminatedRegister(at, worker),
  }
}
