/** The states of a job, in the words of Celery; PROGRESS is a running task that tells how far it is. */
export const jobStates = [
  'PENDING',
  'SENT',
  'RECEIVED',
  'STARTED',
  'PROGRESS',
  'RETRY',
  'SUCCESS',
  'FAILURE',
  'REVOKED',
] as const

export type JobState = (typeof jobStates)[number]

export const finishedStates: readonly JobState[] = ['SUCCESS', 'FAILURE', 'REVOKED']
export const runningStates: readonly JobState[] = ['STARTED', 'PROGRESS']

const finished: ReadonlySet<string> = new Set(finishedStates)
const running: ReadonlySet<string> = new Set(runningStates)
const known: ReadonlySet<string> = new Set(jobStates)

export function isFinished(state: string): boolean {
  return finished.has(state)
}

/** Whether a worker executes it now (as far as its state tells). */
export function isRunning(state: string): boolean {
  return running.has(state)
}

export function isJobState(text: string): text is JobState {
  return known.has(text)
}

/** JSON as PostgreSQL's jsonb holds it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** One row of the job table: the columns of the data contract. Times are UTC. */
export interface Job {
  readonly id: string
  readonly taskId: string
  readonly taskName: string
  readonly queue: string | null
  /** Node name of the worker that last had it. */
  readonly worker: string | null
  readonly kind: string
  readonly tenantId: string | null
  /** A number; or of an application whose users have uuids, text. */
  readonly createdById: number | string | null
  readonly state: JobState
  readonly createdAt: Date
  readonly enqueuedAt: Date | null
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  readonly eta: Date | null
  readonly expires: Date | null
  readonly retries: number
  readonly maxRetries: number
  readonly priority: number | null
  readonly total: number | null
  readonly done: number | null
  readonly byCategory: Json
  readonly meta: Json
  readonly result: Json
  readonly error: string | null
}

/**
 * `round(100 * min(done, total) / total, 1)` as Python rounds (an exact tie goes to the even digit); null where there
 * is nothing to divide.
 */
export function percent(done: number | null, total: number | null): number | null {
  if (done === null || total === null || total === 0) return null
  const exact = (100 * Math.min(done, total)) / total
  // x.25 is the only tie in which toFixed, which rounds ties up, differs from Python.
  return exact % 1 === 0.25 ? Math.floor(exact) + 0.2 : Number(exact.toFixed(1))
}
