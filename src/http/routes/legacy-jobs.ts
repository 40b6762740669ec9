import { type Job, percent } from '../../tasks/job.js'
import { taskMeta } from '../../tasks/live-state.js'
import { findJob, listJobs } from '../../tasks/queries.js'
import { callerOf } from '../caller.js'
import type { App, Context } from '../context.js'
import { iso } from '../iso.js'
import { legacyListQuery, taskParams } from '../parameters.js'
import { errorOf, resultOf } from '../present.js'
import { stopParams, toOrder } from '../stop-parameters.js'

const defaultLimit = 50
const mostJobs = 200

/** The endpoints of before, kept as they were. */
export function legacyJobRoutes(app: App, { db, jobsTable, backend, stops, escalateAfter }: Context): void {
  app.get(
    '/jobs/',
    { schema: { summary: 'List jobs, newest first', tags: ['legacy'], querystring: legacyListQuery } },
    async ({ query }) => {
      const { jobs } = await listJobs(db, {
        filter: { kind: query.kind, states: query.state, tenantId: query.tenant_id },
        order: { column: 'created_at', descending: true },
        limit: Math.min(Math.max(query.limit ?? defaultLimit, 1), mostJobs),
        offset: 0,
        counted: false,
        table: jobsTable,
      })
      return { results: jobs.map(toListed) }
    },
  )

  app.get(
    '/jobs/:task_id/',
    { schema: { summary: 'One job', tags: ['legacy'], params: taskParams } },
    async ({ params }) => {
      const job = await findJob(db, params.task_id)
      if (job !== undefined) return toLegacyDetail(job)
      const meta = await taskMeta(backend, params.task_id)
      return { task_id: params.task_id, state: meta?.status ?? 'PENDING' }
    },
  )

  app.post(
    '/jobs/:task_id/cancel/',
    { schema: { summary: 'Stop a job hard', tags: ['legacy'], params: stopParams } },
    async (request) => {
      const taskId = request.params.task_id
      const body = { hard: true, cooperative: false }
      await stops.request(taskId, toOrder(body, callerOf(request), escalateAfter))
      return { task_id: taskId, revoked: true }
    },
  )
}

function toListed(job: Job) {
  return {
    task_id: job.taskId,
    state: job.state,
    kind: job.kind,
    queue: job.queue,
    worker: job.worker,
    created_at: iso(job.createdAt),
    started_at: iso(job.startedAt),
    finished_at: iso(job.finishedAt),
    percent: percent(job.done, job.total),
    total: job.total,
    done: job.done,
    by_category: job.byCategory,
    error: errorOf(job),
  }
}

function toLegacyDetail(job: Job) {
  return {
    ...toListed(job),
    enqueued_at: iso(job.enqueuedAt),
    retries: job.retries,
    max_retries: job.maxRetries,
    result: resultOf(job),
  }
}
