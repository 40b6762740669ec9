import { z } from 'zod'
import { errorAnswer } from '../answers.js'
import { callerOf } from '../caller.js'
import type { App, Context } from '../context.js'
import { wholeNumber } from '../parameters.js'
import { toDryRun, toRetention, toRun, toStorage } from '../present-retention.js'
import {
  retentionAnswer,
  retentionDryRunAnswer,
  retentionRunAnswer,
  storageAnswer,
} from '../retention-answer.js'

/** Seconds that are counted for, where nobody says. */
const defaultSeconds = 5
/** Less than clients and proxies wait. */
const mostSeconds = 25

/** How long tasks are kept, what would be deleted now, and what the disk holds. */
export function retentionRoutes(app: App, { retention, retentionView }: Context): void {
  app.get(
    '/api/retention/',
    {
      config: { access: 'retention:read' },
      schema: {
        summary: 'The rules of retention, the latest runs and the next',
        tags: ['operations'],
        response: { 200: retentionAnswer, 503: errorAnswer },
      },
    },
    async () => toRetention(await retentionView.now()),
  )

  app.get(
    '/api/retention/dry-run/',
    {
      config: { access: 'retention:read' },
      schema: {
        summary: 'What a run would delete now, by rule, state and type; nothing is deleted',
        tags: ['operations'],
        querystring: z.object({
          seconds: wholeNumber(1, mostSeconds).describe(
            `To count for at most; default ${defaultSeconds}. What is not counted by then is told as \`more\``,
          ),
        }),
        response: { 200: retentionDryRunAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async ({ query }) => toDryRun(await retentionView.dryRun(query.seconds ?? defaultSeconds)),
  )

  app.get(
    '/api/retention/storage/',
    {
      config: { access: 'retention:read' },
      schema: {
        summary: 'Sizes of the tables, how they grow, and a forecast with and without the rules',
        tags: ['operations'],
        response: { 200: storageAnswer, 503: errorAnswer },
      },
    },
    async () => toStorage(await retentionView.storage()),
  )

  app.post(
    '/api/retention/run/',
    {
      config: { access: 'retention:run', audit: { action: 'retention.run' } },
      schema: {
        summary: 'Delete now what is older than the rules keep it; GET /api/retention/ tells how far it is',
        tags: ['operations'],
        response: { 202: retentionRunAnswer, 409: errorAnswer, 503: errorAnswer },
      },
    },
    async (request, reply) => reply.status(202).send(toRun(await retention.startRun(callerOf(request)))),
  )
}
