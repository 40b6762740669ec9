import { z } from 'zod'

/** What the API answers about queues. What is not known is null, never 0. */
export const queuesAnswer = z.object({
  queues: z
    .array(
      z.object({
        name: z.string(),
        waiting: z
          .number()
          .nullable()
          .describe('Messages that no worker has taken, at all priorities; null: see error'),
        consumers: z.number().nullable().describe('As RabbitMQ counts them; null on Redis, which does not'),
        workers: z.array(z.string()).describe('Online workers that said that they consume it'),
        unfinished: z.object({
          total: z.number(),
          by_state: z.record(z.string(), z.number()),
        }),
        error: z.string().nullable().describe('Why the broker could not say how many wait'),
      }),
    )
    .describe('Those with most waiting first; what could not be read last'),
  delayed: z
    .number()
    .nullable()
    .describe(
      'Tasks that RabbitMQ holds back until their time, in all; null on Redis, and where it does not do so',
    ),
  silent_workers: z
    .array(z.string())
    .describe('Online workers that have not said what they consume: a queue may have a consumer among them'),
  more: z.boolean().describe('There are more than the 10,000 queues that are told'),
  read_at: z.string().describe('ISO 8601, UTC: an answer is shared for two seconds'),
})
