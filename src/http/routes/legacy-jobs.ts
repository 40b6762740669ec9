import { type Job, percent } from '../../tasks/job.js'
import { taskMeta } from '../../tasks/live-state.js'
import { findJob, listJobs } from '../../tasks/queries.js'
import { callerOf, scopeOf, seesAll, seesPayload } from '../caller.js'
import type { App, Context } from '../context.js'
import { iso } from '../iso.js'
import { legacyListQuery, taskParams } from '../parameters.js'
import { errorOf, resultOf } from '../present.js'
import { requireVisible } from '../require-visible.js'
import { stopParams, toOrder } from '../stop-parameters.js'

const defaultLimit = 50
const mostJobs = 200

/** The endpoints of before, kept as they were. */
export function legacyJobRoutes(app: App, { db, jobsTable, backend, stops, escalateAfter }: Context): void {
  app.get(
    '/jobs/',
    {
      config: { access: 'tasks:read' },
      schema: { summary: 'List jobs, newest first', tags: ['legacy'], querystring: legacyListQuery },
    },
    async (request) => {
      const { query } = request
      const { jobs } = await listJobs(db, {
        filter: {
          scope: scopeOf(request),
          kind: query.kind,
          states: query.state,
          tenantId: query.tenant_id,
        },
        order: { column: 'created_at', descending: true },
        limit: Math.min(Math.max(query.limit ?? defaultLimit, 1), mostJobs),
        offset: 0,
        table: jobsTable,
      })
      return { results: jobs.map((job) => toListed(job, seesPayload(request))) }
    },
  )

  app.get(
    '/jobs/:task_id/',
    {
      config: { access: 'tasks:read' },
      schema: { summary: 'One job', tags: ['legacy'], params: taskParams },
    },
    async (request) => {
      const { task_id: taskId } = request.params
      const job = await findJob(db, taskId, scopeOf(request))
      if (job !== undefined) return toLegacyDetail(job, seesPayload(request))
      const meta = await taskMeta(backend, taskId)
      return { task_id: taskId, state: (seesAll(request) && meta?.status) || 'PENDING' }
    },
  )

  app.post(
    '/jobs/:task_id/cancel/',
    {
      config: { access: 'tasks:stop', audit: { action: 'task.stop' } },
      schema: { summary: 'Stop a job hard', tags: ['legacy'], params: stopParams },
    },
    async (request) => {
      const taskId = request.params.task_id
      const body = { hard: true, cooperative: false }
      await requireVisible(request, db, taskId)
      await stops.request(taskId, toOrder(body, callerOf(request), escalateAfter))
      return { task_id: taskId, revoked: true }
    },
  )
}

function toListed(job: Job, payload: boolean) {
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
    error: payload ? errorOf(job) : null,
  }
}

function toLegacyDetail(job: Job, payload: boolean) {
  return {
    ...toListed(job, payload),
    enqueued_at: iso(job.enqueuedAt),
    retries: job.retries,
    max_retries: job.maxRetries,
    result: payload ? resultOf(job) : null,
  }
}
