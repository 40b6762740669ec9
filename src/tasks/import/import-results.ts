import type { ResultBackend, TaskMeta } from '../../celery/results/backend.js'
import { exceptionText } from '../../celery/results/exception-text.js'
import type { DatabaseConnection } from '../../db/connect.js'
import { unknownName, width } from '../derive.js'
import { isFinished, isJobState } from '../job.js'
import { fitting, storable, storableJson } from '../storable.js'
import type { TaskTypes } from '../task-types.js'
import { unknownIds } from '../unknown-ids.js'
import type { ImportProgress } from './import-rows.js'
import { writeImported } from './write.js'

export interface ResultsImport {
  readonly backend: ResultBackend
  /** Our own database. */
  readonly target: Pick<DatabaseConnection, 'db' | 'pool'>
  readonly types: TaskTypes
  /** Only counts. */
  readonly dryRun: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: ImportProgress) => void
}

/**
 * Makes a row of each task of which a result backend holds something and we know nothing. Known ones are not read, so that
 * an import that was interrupted is through with them quickly. Names, workers and queues are stored by Celery only with
 * `result_extended`. Resolves with the progress, also when it is aborted.
 */
export async function importResults(options: ResultsImport): Promise<ImportProgress> {
  const { backend, target, dryRun, signal, onProgress } = options
  let [seen, added] = [0, 0]
  for await (const ids of backend.taskIds()) {
    if (signal?.aborted) break
    const unknown = await unknownIds(target.db, ids)
    seen += ids.length
    added += dryRun ? unknown.length : await addRows(options, unknown)
    onProgress?.({ seen, added })
  }
  return { seen, added }
}

async function addRows({ backend, target, types }: ResultsImport, ids: readonly string[]): Promise<number> {
  const metas = [...(await backend.get(ids)).values()]
  const rows = metas.map((meta) => rowOf(meta, types))
  return await writeImported(target.pool, rows)
}

function rowOf(meta: TaskMeta, types: TaskTypes) {
  const name = fitting(meta.name ?? unknownName, width.taskName)
  const taskType = types.of(name)
  const state = isJobState(meta.status) ? meta.status : 'PROGRESS'
  const done = meta.dateDone ?? new Date()
  return {
    task_id: storable(meta.taskId),
    task_name: name,
    queue: meta.queue === null ? null : fitting(meta.queue, width.queue),
    worker: meta.worker === null ? null : fitting(meta.worker, width.worker),
    kind: fitting(taskType, width.kind),
    state,
    created_at: done,
    finished_at: isFinished(state) ? meta.dateDone : null,
    retries: meta.retries ?? 0,
    max_retries: 0,
    meta: { task_type: taskType },
    result: state === 'SUCCESS' ? storableJson(meta.result) : null,
    error: state === 'SUCCESS' ? null : exceptionText(meta.result),
  }
}
