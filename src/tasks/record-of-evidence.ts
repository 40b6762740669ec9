import type { WorkerTask } from '../celery/control.js'
import { isPlainObject } from '../celery/json-value.js'
import type { TaskMeta } from '../celery/results/backend.js'
import { exceptionText, repr } from '../celery/results/exception-text.js'
import { compact } from './canonical.js'
import { isRunning, type JobState } from './job.js'
import { lastHeard } from './lost.js'
import type { Context, LostMark, Progress, StateRegister, TaskRecord, Told } from './record.js'
import { headStart, phases, textLimit } from './record-of-event.js'
import { capped, storable } from './storable.js'

/**
 * What is learned of a task other than by its events, as records that join like theirs. Times are epoch seconds; `at` is
 * when it happened as far as can be told, so that what happened later stands.
 */

type FinalState = 'SUCCESS' | 'FAILURE' | 'REVOKED'

/** What the result backend says of a task that has ended at `at`; `ranBy` is its worker where the backend names none. */
export function recordOfResult(
  meta: TaskMeta,
  status: FinalState,
  at: number,
  ranBy: string | null = null,
): TaskRecord {
  const taskId = storable(meta.taskId)
  const exception = exceptionText(meta.result)
  const worker = meta.worker ?? ranBy
  const state = compact<StateRegister>({
    state: status,
    fromWorker: true,
    source: 'result_backend',
    at,
    rank: at + headStartOf(status, meta),
    phase: phases.terminal,
    worker: worker === null ? undefined : storable(worker),
    result: status === 'SUCCESS' ? resultOf(meta) : undefined,
    exception: exception === null || status === 'SUCCESS' ? undefined : capped(exception, textLimit),
    traceback: meta.traceback === null ? undefined : capped(meta.traceback, textLimit, 'end'),
    runtime: undefined,
    revoked: status === 'REVOKED' ? (revokedBecause(meta) ?? 'revoked') : undefined,
    pid: undefined,
  })
  const note = `${status}, as the result backend says`
  return {
    taskId,
    firstSeenAt: at,
    state,
    ...toldOf(at, meta.name, meta.queue),
    timeline: [{ type: 'reconcile-result', at, note }],
  }
}

/**
 * As for the events of the same ends; but a time that we had to take for it, and a REVOKED, which Celery 5.6 stores on
 * hearing a revoke, give way to whatever is later.
 */
function headStartOf(status: FinalState, { dateDone }: TaskMeta): number {
  if (status === 'REVOKED' || dateDone === null) return 0
  return status === 'SUCCESS' ? headStart.success : headStart.failure
}

function resultOf({ result }: TaskMeta) {
  const isBinary = isPlainObject(result) && result.binary === 'pickle'
  return isBinary ? undefined : capped(repr(result), textLimit)
}

/** `revoked`, `terminated` or `expired`, as Celery gives its reason; null where it gives none. */
export function revokedBecause({ result }: TaskMeta): string | null {
  const message = isPlainObject(result) ? result.exc_message : null
  const [reason] = Array.isArray(message) ? message : [message]
  return typeof reason === 'string' ? storable(reason) : null
}

/** A worker says that it runs the task, since `at`. */
export function recordOfRunning(task: WorkerTask, at: number): TaskRecord {
  const worker = storable(task.worker)
  return {
    taskId: storable(task.id),
    firstSeenAt: at,
    state: {
      ...register('STARTED', 'worker', at),
      worker,
      ...(task.pid === null ? {} : { pid: task.pid }),
    },
    firstStartedAt: at,
    lastStartedAt: at,
    ...toldOf(at, task.name, task.queue),
    timeline: [{ type: 'reconcile-running', at, worker, note: 'as its worker says' }],
  }
}

/**
 * How far a running task says that it is, in the result backend. The state has the time of what was known before: nobody
 * knows when the task stored it, and it must not outdo anything that has happened since.
 */
export function recordOfProgress(
  { taskId, firstSeenAt, state }: TaskRecord,
  progress: Progress,
  context: Context | undefined,
): TaskRecord | undefined {
  if (state === undefined || !isRunning(state.state)) return undefined
  return {
    taskId,
    firstSeenAt,
    ...(state.state === 'PROGRESS'
      ? {}
      : { state: { ...state, state: 'PROGRESS', phase: phases.progress, source: 'result_backend' } }),
    progress: { ...progress, source: 'result_backend' },
    ...(context === undefined ? {} : { context }),
    timeline: [],
  }
}

/** The result backend says that it is to be tried again, and nobody runs it. */
export function recordOfRetry(meta: TaskMeta, at: number): TaskRecord {
  const exception = exceptionText(meta.result)
  return {
    taskId: storable(meta.taskId),
    firstSeenAt: at,
    state: {
      ...register('RETRY', 'result_backend', at),
      ...(exception === null ? {} : { exception: capped(exception, textLimit) }),
      ...(meta.traceback === null ? {} : { traceback: capped(meta.traceback, textLimit, 'end') }),
    },
    timeline: [{ type: 'reconcile-retry', at, note: 'RETRY, as the result backend says' }],
  }
}

/** What a row of the application says, of which no event told. */
export function recordOfRow(taskId: string, state: JobState, at: number, worker: string): TaskRecord {
  return { taskId, firstSeenAt: at, state: { ...register(state, 'table', at), worker }, timeline: [] }
}

/** Nobody has it. */
export function recordOfLost(
  record: TaskRecord,
  at: number,
  evidence: Pick<LostMark, 'kind' | 'worker' | 'note'>,
): TaskRecord {
  return {
    taskId: record.taskId,
    firstSeenAt: record.firstSeenAt,
    lost: { at, heardAt: lastHeard(record), ...evidence },
    timeline: [{ type: 'reconcile-lost', at, note: evidence.note }],
  }
}

/** Somebody has it after all. */
export function recordOfFound(record: TaskRecord, at: number, note: string): TaskRecord {
  return {
    taskId: record.taskId,
    firstSeenAt: record.firstSeenAt,
    foundAt: at,
    timeline: [{ type: 'reconcile-found', at, note }],
  }
}

/**
 * A lost task is given up: FAILURE. It ranks no later than the last that was heard of the task, so that anything that
 * still comes counts more.
 */
export function recordOfGivenUp(record: TaskRecord, lost: LostMark, at: number): TaskRecord {
  const note = `Lost: ${lost.note}`
  return {
    taskId: record.taskId,
    firstSeenAt: record.firstSeenAt,
    state: {
      ...register('FAILURE', 'reconcile', at),
      rank: lost.heardAt,
      phase: phases.terminal,
      worker: lost.worker,
      exception: { text: note },
    },
    timeline: [{ type: 'reconcile-failed', at, note }],
  }
}

function register(state: JobState, source: NonNullable<StateRegister['source']>, at: number): StateRegister {
  const phase = state === 'RETRY' ? phases.retried : state === 'RECEIVED' ? phases.received : phases.started
  return { state, fromWorker: true, source, at, rank: at, phase }
}

function toldOf(at: number, name: string | null, queue: string | null): { told?: Told } {
  if (name === null && queue === null) return {}
  return {
    told: {
      at,
      ...(name === null ? {} : { name: storable(name) }),
      ...(queue === null ? {} : { queue: storable(queue) }),
    },
  }
}
