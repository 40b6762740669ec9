import { Readable } from 'node:stream'
import { QueueUnreadable } from '../../celery/errors.js'
import { NoSuchPurge, NotConfirmed } from '../../fleet/purge.js'
import { errorAnswer } from '../answers.js'
import { callerOf, demandPayload } from '../caller.js'
import type { App, Context } from '../context.js'
import { idParams } from '../parameters.js'
import { toPurgeAnswer } from '../present-queue.js'
import { purgeBody, queueParams } from '../queue-parameters.js'
import { purgeAnswer, purgePreviewAnswer } from '../queues-answer.js'

/** Deleting what waits in a queue, and what was deleted. */
export function purgeRoutes(app: App, { broker, purges, purgeStore }: Context): void {
  app.post(
    '/api/queues/:name/purge/',
    {
      config: {
        access: 'queues:purge',
        audit: { action: 'queue.purge', keep: ['dry_run', 'confirm', 'reason'] },
      },
      schema: {
        summary: 'Delete what waits in a queue, after it was kept for an export; with dry_run only count it',
        tags: ['queues'],
        params: queueParams,
        body: purgeBody,
        response: {
          200: purgePreviewAnswer,
          202: purgeAnswer,
          400: errorAnswer,
          409: errorAnswer,
          503: errorAnswer,
        },
      },
    },
    async (request, reply) => {
      const { name } = request.params
      const { dry_run: dryRun, confirm, reason } = request.body
      if (dryRun) {
        const [length] = await broker.queueLengths([name])
        if (length?.waiting == null) throw new QueueUnreadable(name, length?.error ?? 'It can not be read')
        return reply.status(200).send({ queue: name, waiting: length.waiting, confirm: name })
      }
      if (confirm !== name) throw new NotConfirmed(name)
      const purge = await purges.purge({ queue: name, by: callerOf(request), reason: reason || null })
      return reply.status(202).send(toPurgeAnswer(purge))
    },
  )

  app.get(
    '/api/purges/:id/',
    {
      config: { access: 'fleet:read' },
      schema: {
        summary: 'How far a purge is',
        tags: ['queues'],
        params: idParams,
        response: { 200: purgeAnswer, 400: errorAnswer, 404: errorAnswer, 503: errorAnswer },
      },
    },
    async ({ params: { id } }) => {
      const purge = await purgeStore.find(id)
      if (purge === undefined) throw new NoSuchPurge(id)
      return toPurgeAnswer(purge)
    },
  )

  app.get(
    '/api/purges/:id/export/',
    {
      // Messages as they were, arguments and all.
      config: { access: 'queues:purge' },
      schema: {
        summary: 'The messages that a purge deleted, as JSON Lines',
        tags: ['queues'],
        params: idParams,
        produces: ['application/x-ndjson'],
      },
    },
    async (request, reply) => {
      demandPayload(request)
      const { id } = request.params
      const purge = await purgeStore.find(id)
      if (purge === undefined) throw new NoSuchPurge(id)
      return reply
        .type('application/x-ndjson; charset=utf-8')
        .header('content-disposition', `attachment; filename="purge-${id}.jsonl"`)
        .send(Readable.from(purgeStore.lines(id)))
    },
  )
}
