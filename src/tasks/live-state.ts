import type { ResultBackend, TaskMeta } from '../celery/results/backend.js'
import { isFinished, type Job, type Json } from './job.js'
import { storableJson } from './storable.js'

/** What Celery's result backend says of a task, where that differs from its row. */
export interface LiveState {
  readonly state: string
  /** The result, the exception, or the meta of a progress state. */
  readonly info: Json
}

/**
 * Live states of a page of jobs: one round trip for all that are unfinished. Empty where the backend can't be read or
 * doesn't answer: a list from the database is worth more than no list.
 */
export async function liveStates(
  backend: ResultBackend,
  jobs: readonly Job[],
): Promise<Map<string, LiveState>> {
  const unfinished = jobs.filter(({ state }) => !isFinished(state)).map(({ taskId }) => taskId)
  const differing = new Map<string, LiveState>()
  if (unfinished.length === 0 || backend.why !== null) return differing
  const metas = await taskMetas(backend, unfinished)
  for (const { taskId, state } of jobs) {
    const meta = metas.get(taskId)
    if (meta !== undefined && meta.status !== state) differing.set(taskId, toLive(meta))
  }
  return differing
}

/** What the backend holds of one task; undefined where it knows nothing, can't be read or doesn't answer. */
export async function taskMeta(backend: ResultBackend, taskId: string): Promise<TaskMeta | undefined> {
  return (await taskMetas(backend, [taskId])).get(taskId)
}

export function toLive(meta: TaskMeta): LiveState {
  return { state: meta.status, info: storableJson(meta.result) as Json }
}

/** What the backend holds of these tasks; nothing where it can't be read or doesn't answer. */
export async function taskMetas(
  backend: ResultBackend,
  ids: readonly string[],
): Promise<Map<string, TaskMeta>> {
  try {
    return await backend.get(ids)
  } catch {
    return new Map()
  }
}
