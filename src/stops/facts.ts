import type { TaskMeta } from '../celery/results/backend.js'
import { isFinished, type Job } from '../tasks/job.js'
import { TaskFinished } from './errors.js'

/** What the database and the result backend know of a task. */
export interface TaskFacts {
  readonly job: Job | undefined
  readonly meta: TaskMeta | undefined
  readonly known: boolean
}

/**
 * Throws TaskFinished where there is nothing left to stop.
 *
 * A stored REVOKED is not final on Celery 5.6, where every worker that hears a revoke writes it at once: it counts only
 * where the row doesn't say otherwise. A row that is REVOKED by an open stop of ours may be stopped again.
 */
export function checkStoppable(taskId: string, { job, meta }: TaskFacts, armed: boolean): void {
  if (meta !== undefined && (meta.status === 'SUCCESS' || meta.status === 'FAILURE')) {
    throw new TaskFinished(taskId, meta.status)
  }
  if (job !== undefined && isFinished(job.state) && !(armed && job.state === 'REVOKED')) {
    throw new TaskFinished(taskId, job.state)
  }
  if (job === undefined && meta?.status === 'REVOKED' && !armed) throw new TaskFinished(taskId, meta.status)
}
