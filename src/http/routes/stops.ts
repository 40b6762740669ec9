import type { FastifyRequest } from 'fastify'
import { NoSuchBatch } from '../../stops/errors.js'
import { findStop, listStops } from '../../stops/queries.js'
import { errorAnswer } from '../answers.js'
import { callerOf, scopeOf, seesAll } from '../caller.js'
import type { App, Context } from '../context.js'
import { idParams } from '../parameters.js'
import { toBatchAnswer, toStopAnswer } from '../present-stop.js'
import { batchAnswer, batchListAnswer, dryRunAnswer, stopAnswer, stopListAnswer } from '../stop-answers.js'
import {
  bulkBody,
  stopListQuery,
  toExpected,
  toOrder,
  toSelection,
  toStopFilter,
} from '../stop-parameters.js'

const defaultLimit = 100
const shownBatches = 100
/** 100,000 task ids of 36 characters are 4 MB. */
const largestBulkBody = 64 * 1024 * 1024

/** Stops as things: looking at them, taking them back, and asking for many at once. */
export function stopsRoutes(app: App, { db, stops, escalateAfter }: Context): void {
  /** A batch counts tasks of everybody: who sees only some is shown those that they asked for themselves. */
  const batchOf = async (request: FastifyRequest, id: string) => {
    const batch = await stops.batches.find(id)
    if (!seesAll(request) && batch.by !== callerOf(request)) throw new NoSuchBatch(id)
    return batch
  }

  app.get(
    '/api/stops/',
    {
      config: { access: 'tasks:read' },
      schema: {
        summary: 'List stops, newest first',
        tags: ['stops'],
        querystring: stopListQuery,
        response: { 200: stopListAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const { limit = defaultLimit, cursor } = request.query
      const filter = toStopFilter(request.query, scopeOf(request))
      const page = await listStops(db, filter, { limit, cursor })
      return {
        stops: page.stops.map(toStopAnswer),
        total: page.total,
        limit,
        next_cursor: page.nextCursor,
      }
    },
  )

  app.get(
    '/api/stops/:id/',
    {
      config: { access: 'tasks:read' },
      schema: {
        summary: 'One stop: replies, sendings, outcome and evidence',
        tags: ['stops'],
        params: idParams,
        response: { 200: stopAnswer, 404: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => toStopAnswer(await findStop(db, request.params.id, scopeOf(request))),
  )

  app.post(
    '/api/stops/:id/cancel/',
    {
      config: { access: 'tasks:stop', audit: { action: 'stop.cancel' } },
      schema: {
        summary: 'Take back a stop that has not taken effect',
        tags: ['stops'],
        params: idParams,
        response: { 200: stopAnswer, 404: errorAnswer, 409: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const { id } = await findStop(db, request.params.id, scopeOf(request))
      return toStopAnswer(await stops.cancel(id, callerOf(request)))
    },
  )

  app.post(
    '/api/tasks/stop/',
    {
      config: {
        access: 'tasks:stop',
        audit: {
          action: 'task.stop_many',
          keep: [
            'filter',
            'task_ids',
            'dry_run',
            'expected',
            'hard',
            'reason',
            'signal',
            'escalate_after',
            'cooperative',
          ],
        },
      },
      bodyLimit: largestBulkBody,
      schema: {
        summary: 'Stop many tasks: all unfinished ones that match a filter, or a list of ids',
        tags: ['stops'],
        body: bulkBody,
        response: {
          200: dryRunAnswer,
          202: batchAnswer,
          400: errorAnswer,
          409: errorAnswer,
          503: errorAnswer,
        },
      },
    },
    async (request, reply) => {
      const { body } = request
      const order = toOrder(body, callerOf(request), escalateAfter)
      const selection = toSelection(body, scopeOf(request))
      if (body.dry_run) {
        const counted = await stops.batches.dryRun(order, selection)
        return {
          dry_run: true as const,
          total: counted.total,
          by_state: counted.byState,
          running_on: counted.runningOn,
          cannot_terminate: order.mode === 'hard' ? counted.cannotTerminate : 0,
        }
      }
      const batch = await stops.batches.create(order, selection, toExpected(body))
      return reply.status(202).send(toBatchAnswer(batch))
    },
  )

  app.get(
    '/api/stop-batches/',
    {
      config: { access: 'tasks:read' },
      schema: {
        summary: 'The newest stop batches',
        tags: ['stops'],
        response: { 200: batchListAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const by = seesAll(request) ? undefined : callerOf(request)
      return { batches: (await stops.batches.list(shownBatches, by)).map(toBatchAnswer) }
    },
  )

  app.get(
    '/api/stop-batches/:id/',
    {
      config: { access: 'tasks:read' },
      schema: {
        summary: 'How far a stop batch is',
        tags: ['stops'],
        params: idParams,
        response: { 200: batchAnswer, 404: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => toBatchAnswer(await batchOf(request, request.params.id)),
  )

  app.post(
    '/api/stop-batches/:id/cancel/',
    {
      config: { access: 'tasks:stop', audit: { action: 'batch.cancel' } },
      schema: {
        summary: 'Take back what a stop batch has not brought about yet',
        tags: ['stops'],
        params: idParams,
        response: { 200: batchAnswer, 404: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const { id } = await batchOf(request, request.params.id)
      return toBatchAnswer(await stops.batches.cancel(id, callerOf(request)))
    },
  )
}
