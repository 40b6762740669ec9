import type { FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.js'
import { findJob } from '../tasks/queries.js'
import { scopeOf, seesAll } from './caller.js'
import { NotFound } from './errors.js'

/**
 * Before anything is done to a task. Who sees all may also name one that is not known yet. Rejects with NotFound, in the
 * words for a task that does not exist.
 */
export async function requireVisible(
  request: FastifyRequest,
  db: Kysely<Database>,
  taskId: string,
): Promise<void> {
  if (seesAll(request)) return
  if ((await findJob(db, taskId, scopeOf(request))) === undefined) throw noSuchTask(taskId)
}

export function noSuchTask(taskId: string): NotFound {
  return new NotFound(`No task ${taskId}: neither the database nor the result backend knows it`)
}
