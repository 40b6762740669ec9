import { historyHours } from '../../fleet/queue-history.js'
import { unnamed } from '../../fleet/queues.js'
import { errorAnswer } from '../answers.js'
import { demandPayload } from '../caller.js'
import type { App, Context } from '../context.js'
import { NotFound } from '../errors.js'
import { iso } from '../iso.js'
import { toMessageAnswer, toPurgeAnswer, toQueueAnswer } from '../present-queue.js'
import { historyQuery, peekQuery, queueParams } from '../queue-parameters.js'
import { messagesAnswer, queueDetailAnswer, queuesAnswer } from '../queues-answer.js'

const defaultPeek = 20
const gone = { waiting: 0, consumers: null, error: null }

/** What looking does to messages of RabbitMQ. */
const amqpNote =
  'RabbitMQ shows messages only by giving them away and taking them back: these are marked as redelivered now, no worker ' +
  'could take them for that moment, and where the queue limits deliveries each look counts as one.'

/** The queues at a glance, one queue, and what waits in it. */
export function queueRoutes(app: App, context: Context): void {
  const { broker, queues, history, purgeStore, waitingTasks, redactor } = context

  app.get(
    '/api/queues/',
    {
      config: { access: 'fleet:read' },
      schema: {
        summary: 'Queues: what waits in them, who consumes them, how fast they change',
        tags: ['queues'],
        response: { 200: queuesAnswer, 503: errorAnswer },
      },
    },
    async () => {
      const now = await queues.get()
      return {
        queues: now.queues.map(toQueueAnswer),
        delayed: now.delayed,
        silent_workers: [...now.silentWorkers],
        more: now.more,
        problem: now.problem,
        read_at: iso(now.readAt),
      }
    },
  )

  app.get(
    '/api/queues/:name/',
    {
      config: { access: 'fleet:read' },
      schema: {
        summary: 'One queue with its last day and its purges',
        tags: ['queues'],
        params: queueParams,
        querystring: historyQuery,
        response: { 200: queueDetailAnswer, 400: errorAnswer, 404: errorAnswer, 503: errorAnswer },
      },
    },
    async ({ params: { name }, query }) => {
      const [found, now, points, purges] = await Promise.all([
        queues.one(name),
        queues.get(),
        history.of(name, query.hours ?? historyHours),
        purgeStore.list(name),
      ])
      // What is left of one that is gone is still told.
      const remembered = points.length > 0 || purges.length > 0
      const queue = found ?? (remembered ? unnamed({ queue: name, ...gone }) : undefined)
      if (queue === undefined)
        throw new NotFound(`No queue ${name} is known: no worker, task or binding names it`)
      return {
        ...toQueueAnswer(queue),
        history: points.map(({ at, oldestAt, ...point }) => ({
          ...point,
          at: iso(at),
          oldest_at: iso(oldestAt),
        })),
        purges: purges.map(toPurgeAnswer),
        silent_workers: [...now.silentWorkers],
      }
    },
  )

  app.get(
    '/api/queues/:name/messages/',
    {
      config: { access: 'fleet:read' },
      schema: {
        summary: 'Look at messages that wait. Read only on Redis; on RabbitMQ see note',
        tags: ['queues'],
        params: queueParams,
        querystring: peekQuery,
        response: { 200: messagesAnswer, 400: errorAnswer, 409: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      demandPayload(request)
      const { params, query } = request
      const { name } = params
      // RabbitMQ gives messages only in their order.
      const from = broker.kind === 'amqp' ? 'next' : query.from
      const peeked = await waitingTasks.peek(name, { most: query.limit ?? defaultPeek, from })
      return {
        queue: name,
        from,
        note: broker.kind === 'amqp' ? amqpNote : null,
        messages: peeked.map((each) => toMessageAnswer(each, redactor)),
      }
    },
  )
}
