import type { TaskMeta } from '../celery/results/backend.js'
import { isFinished, isRunning, type Job } from '../tasks/job.js'
import { TaskFinished } from './errors.js'

/** What the database and the result backend know of a task. */
export interface TaskFacts {
  readonly job: Job | undefined
  readonly meta: TaskMeta | undefined
}

export const noFacts: TaskFacts = { job: undefined, meta: undefined }

export function isKnown({ job, meta }: TaskFacts): boolean {
  return job !== undefined || meta !== undefined
}

/** Whether a worker executes it now, and which; null where it does not run, or nobody says where. */
export function whereRuns({ job, meta }: TaskFacts): {
  readonly runs: boolean
  readonly worker: string | null
} {
  if (job !== undefined && isRunning(job.state)) return { runs: true, worker: job.worker }
  // The events of a busy solo worker come only when it is through; with task_track_started the backend knows before.
  const started = meta?.status === 'STARTED' && !(job !== undefined && isFinished(job.state))
  return started ? { runs: true, worker: hostnameOf(meta) } : { runs: false, worker: null }
}

/** Celery stores `{pid, hostname}` as the result of a task that it has started (`celery.app.trace`). */
function hostnameOf({ result }: TaskMeta): string | null {
  const named = typeof result === 'object' && result !== null && 'hostname' in result ? result.hostname : null
  return typeof named === 'string' ? named : null
}

/**
 * The state in which the task is finished, or undefined where there is something to stop.
 *
 * A stored REVOKED is not final on Celery 5.6, where every worker that hears a revoke writes it at once: it counts only
 * where the row doesn't say otherwise. A row that is REVOKED by an open stop of ours (`armed`) may be stopped again.
 */
export function finishedState({ job, meta }: TaskFacts, armed: boolean): string | undefined {
  if (meta !== undefined && (meta.status === 'SUCCESS' || meta.status === 'FAILURE')) return meta.status
  if (job !== undefined)
    return isFinished(job.state) && !(armed && job.state === 'REVOKED') ? job.state : undefined
  return meta?.status === 'REVOKED' && !armed ? meta.status : undefined
}

/** Throws TaskFinished where there is nothing left to stop. */
export function checkStoppable(taskId: string, facts: TaskFacts, armed: boolean): void {
  const state = finishedState(facts, armed)
  if (state !== undefined) throw new TaskFinished(taskId, state)
}
