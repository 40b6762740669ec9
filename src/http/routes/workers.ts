import { NoSuchWorker } from '../../fleet/errors.js'
import { listWorkers } from '../../fleet/worker-list.js'
import { errorAnswer } from '../answers.js'
import { callerOf } from '../caller.js'
import type { App, Context } from '../context.js'
import { toControlAnswer, toWorker, toWorkerDetail } from '../present-worker.js'
import { controlAnswer, workerAnswer, workersAnswer } from '../worker-answers.js'
import { controlBody, toControlOrder, workerParams, workersQuery } from '../worker-parameters.js'

const defaultLimit = 1000

/** The workers: who is there, what one of them does, and Celery's commands to them. */
export function workerRoutes(app: App, { workers, workerInquiry, workerControl }: Context): void {
  app.get(
    '/api/workers/',
    {
      config: { access: 'fleet:read' },
      schema: {
        summary: 'Workers that are there or were',
        tags: ['workers'],
        querystring: workersQuery,
        response: { 200: workersAnswer, 400: errorAnswer },
      },
    },
    async ({ query }) => {
      const { status, search, gone, limit = defaultLimit } = query
      const listed = listWorkers(workers, { statuses: status, search, gone: gone || 'recent', limit })
      return {
        workers: listed.workers.map(toWorker),
        counts: { ...listed.counts },
        folded: listed.folded,
      }
    },
  )

  app.get(
    '/api/workers/:name/',
    {
      config: { access: 'fleet:read' },
      schema: {
        summary:
          'One worker, and what it tells of itself: it is asked now, and waited for less than a second',
        tags: ['workers'],
        params: workerParams,
        response: { 200: workerAnswer, 404: errorAnswer },
      },
    },
    async ({ params }) => {
      const report = await workerInquiry.look(params.name)
      const worker = workers.get(params.name)
      if (worker === undefined) throw new NoSuchWorker([params.name])
      return toWorkerDetail({ worker, ...workers.statusOf(worker) }, report)
    },
  )

  app.post(
    '/api/workers/control/',
    {
      config: { access: 'workers:control', audit: { action: 'worker.control', keep: 'all' } },
      schema: {
        summary: 'Give workers a command of Celery, such as pool_grow or shutdown; every reply is told',
        tags: ['workers'],
        body: controlBody,
        response: {
          200: controlAnswer,
          400: errorAnswer,
          404: errorAnswer,
          409: errorAnswer,
          503: errorAnswer,
        },
      },
    },
    async (request) => {
      const order = toControlOrder(request.body, callerOf(request))
      return toControlAnswer(order.command.name, await workerControl.order(order))
    },
  )
}
