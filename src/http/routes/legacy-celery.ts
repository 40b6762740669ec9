import { z } from 'zod'
import { type InspectMethod, inspect } from '../../celery/control.js'
import type { Job } from '../../tasks/job.js'
import { listJobs } from '../../tasks/queries.js'
import { errorAnswer } from '../answers.js'
import { callerOf, demandPayload, scopeOf, seesPayload } from '../caller.js'
import type { App, Context } from '../context.js'
import { iso } from '../iso.js'
import { legacyResultsQuery } from '../parameters.js'
import { errorOf, resultOf } from '../present.js'
import { requireVisible } from '../require-visible.js'
import { revokeBody, stopParams, toOrder } from '../stop-parameters.js'

const askMs = 2000
const defaultHours = 24
const defaultLimit = 100
const mostResults = 1000

const byWorker = z.record(z.string(), z.unknown()).describe("By worker, in Celery's own words")

const queuesAnswer = z.object({
  workers: z.array(z.string()).describe('Those that answered'),
  active: byWorker,
  reserved: byWorker,
  scheduled: byWorker,
  stats: byWorker,
  registered: byWorker,
})

const resultsAnswer = z.object({
  results: z.array(
    z.object({
      task_id: z.string(),
      name: z.string(),
      status: z.string(),
      result: z.unknown(),
      error: z.string().nullable(),
      worker: z.string().nullable(),
      date_created: z.string(),
      date_done: z.string().nullable(),
    }),
  ),
})

const revokedAnswer = z.object({ task_id: z.string(), revoked: z.boolean(), terminated: z.boolean() })

/** Endpoints of before that speak of Celery itself, kept as they were. */
export function legacyCeleryRoutes(app: App, context: Context): void {
  const { db, jobsTable, broker, redactor, workers, stops, escalateAfter } = context

  app.get(
    '/api/celery/queues/',
    {
      config: { access: 'fleet:read' },
      schema: {
        summary: 'What the workers say they run, hold and know',
        tags: ['legacy'],
        response: { 200: queuesAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      demandPayload(request)
      const known = workers.online().length
      const ask = { timeoutMs: askMs, ...(known > 0 && { expected: known }) }
      const told = (method: InspectMethod) => inspect(broker, method, ask)
      const toldOfTasks = async (method: InspectMethod) =>
        Object.fromEntries(
          Object.entries(await told(method)).map(([worker, answer]) => [worker, redactor.json(answer)]),
        )
      const [active, reserved, scheduled, stats, registered] = await Promise.all([
        toldOfTasks('active'),
        toldOfTasks('reserved'),
        toldOfTasks('scheduled'),
        told('stats'),
        told('registered'),
      ])
      return { workers: Object.keys(stats).sort(), active, reserved, scheduled, stats, registered }
    },
  )

  app.get(
    '/api/celery/results/',
    {
      config: { access: 'tasks:read' },
      schema: {
        summary: 'Tasks and what became of them, newest first',
        tags: ['legacy'],
        querystring: legacyResultsQuery,
        response: { 200: resultsAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const { query } = request
      const { jobs } = await listJobs(db, {
        filter: {
          scope: scopeOf(request),
          taskName: query.name,
          states: query.status,
          hoursAgo: query.hours ?? defaultHours,
        },
        order: { column: 'created_at', descending: true },
        limit: Math.min(query.limit ?? defaultLimit, mostResults),
        offset: 0,
        table: jobsTable,
      })
      return { results: jobs.map((job) => toResult(job, seesPayload(request))) }
    },
  )

  app.post(
    '/api/celery/tasks/:task_id/revoke/',
    {
      config: { access: 'tasks:stop', audit: { action: 'task.stop', keep: ['terminate'] } },
      schema: {
        summary: 'Stop a task; with terminate also while it runs',
        tags: ['legacy'],
        params: stopParams,
        body: revokeBody,
        response: { 200: revokedAnswer, 400: errorAnswer, 409: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const taskId = request.params.task_id
      const terminate = request.body?.terminate ?? false
      const order = { hard: terminate, cooperative: false }
      await requireVisible(request, db, taskId)
      await stops.request(taskId, toOrder(order, callerOf(request), escalateAfter))
      return { task_id: taskId, revoked: true, terminated: terminate }
    },
  )
}

function toResult(job: Job, payload: boolean) {
  return {
    task_id: job.taskId,
    name: job.taskName,
    status: job.state,
    result: payload ? resultOf(job) : null,
    error: payload ? errorOf(job) : null,
    worker: job.worker,
    date_created: iso(job.createdAt),
    date_done: iso(job.finishedAt),
  }
}
