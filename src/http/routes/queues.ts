import type { Queue } from '../../fleet/queues.js'
import { errorAnswer } from '../answers.js'
import type { App, Context } from '../context.js'
import { iso } from '../iso.js'
import { queuesAnswer } from '../queues-answer.js'

/** The queues at a glance. */
export function queueRoutes(app: App, { queues }: Context): void {
  app.get(
    '/api/queues/',
    {
      config: { access: 'fleet:read' },
      schema: {
        summary: 'Queues: what waits in them, who consumes them',
        tags: ['operations'],
        response: { 200: queuesAnswer, 503: errorAnswer },
      },
    },
    async () => {
      const now = await queues.get()
      return {
        queues: now.queues.map(toQueue),
        delayed: now.delayed,
        silent_workers: [...now.silentWorkers],
        more: now.more,
        read_at: iso(now.readAt),
      }
    },
  )
}

function toQueue({ name, waiting, consumers, workers, unfinished, error }: Queue) {
  const total = Object.values(unfinished).reduce((sum, n) => sum + n, 0)
  return {
    name,
    waiting,
    consumers,
    workers: [...workers],
    unfinished: { total, by_state: { ...unfinished } },
    error,
  }
}
