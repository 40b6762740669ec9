import { z } from 'zod'
import { CannotAbort } from '../celery/errors.js'
import type { ResultBackend, TaskMeta } from '../celery/results/backend.js'
import { isFinished, isRunning, type Job } from '../tasks/job.js'
import { TaskFinished } from './errors.js'
import type { StopOrder } from './stop.js'

/** What the database and the result backend know of a task. */
export interface TaskFacts {
  readonly job: Job | undefined
  readonly meta: TaskMeta | undefined
}

export const noFacts: TaskFacts = { job: undefined, meta: undefined }

export function isKnown({ job, meta }: TaskFacts): boolean {
  return job !== undefined || meta !== undefined
}

export interface Whereabouts {
  /** Whether a worker executes it now. */
  readonly runs: boolean
  /** Which; null where it does not run, or nobody says where. */
  readonly worker: string | null
  /** Of the process that runs it, where the result backend tells. */
  readonly pid: number | null
}

export function whereRuns({ job, meta }: TaskFacts): Whereabouts {
  const told = meta?.status === 'STARTED' ? startOf(meta) : nobody
  if (job !== undefined && isRunning(job.state)) {
    return { runs: true, worker: job.worker, pid: told.worker === job.worker ? told.pid : null }
  }
  // The events of a busy solo worker come only when it is through; with task_track_started the backend knows before.
  return job !== undefined && isFinished(job.state) ? nobody : told
}

const nobody: Whereabouts = { runs: false, worker: null, pid: null }
const started = z.object({ hostname: z.string(), pid: z.number() })

/** Celery stores `{pid, hostname}` as the result of a task that it has started (`celery.app.trace`). */
function startOf({ result }: TaskMeta): Whereabouts {
  const { success, data } = started.safeParse(result)
  return { runs: true, worker: success ? data.hostname : null, pid: success ? data.pid : null }
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

/** Throws CannotAbort where a cooperative stop has no flag to set. */
export function checkCooperative({ cooperative }: StopOrder, { why }: ResultBackend): void {
  if (cooperative && why !== null) throw new CannotAbort(why)
}

/** Throws TaskFinished where there is nothing left to stop. */
export function checkStoppable(taskId: string, facts: TaskFacts, armed: boolean): void {
  const state = finishedState(facts, armed)
  if (state !== undefined) throw new TaskFinished(taskId, state)
}
