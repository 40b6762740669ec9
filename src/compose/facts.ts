import type { ResultBackend } from '../celery/results/backend.js'
import type { DatabaseConnection } from '../db/connect.js'
import type { TaskFacts } from '../stops/facts.js'
import { taskMetas } from '../tasks/live-state.js'
import { findJobs } from '../tasks/queries.js'

/** What the database and the result backend know of these tasks. */
export async function factsOf(
  db: DatabaseConnection['db'],
  backend: ResultBackend,
  taskIds: readonly string[],
): Promise<Map<string, TaskFacts>> {
  const [jobs, metas] = await Promise.all([findJobs(db, taskIds), taskMetas(backend, taskIds)])
  return new Map(taskIds.map((id) => [id, { job: jobs.get(id), meta: metas.get(id) }]))
}
