import { z } from 'zod'

/** What the API answers about queues. What is not known is null, never 0. */

const time = z.string().nullable().describe('ISO 8601, UTC')

export const queueAnswer = z.object({
  name: z.string(),
  waiting: z
    .number()
    .nullable()
    .describe('Messages that no worker has taken, at all priorities; null: see error'),
  unacknowledged: z
    .number()
    .nullable()
    .describe(
      "Messages that workers took and have not acknowledged; null: only RabbitMQ's management API tells, where it is configured",
    ),
  consumers: z.number().nullable().describe('As RabbitMQ counts them; null on Redis, which does not'),
  workers: z.array(z.string()).describe('Online workers that said that they consume it'),
  unfinished: z.object({
    total: z.number(),
    by_state: z.record(z.string(), z.number()),
  }),
  delayed: z.number().describe('Tasks that a worker holds until their time'),
  oldest_at: time.describe('Since when the oldest message waits'),
  rates: z
    .object({
      published: z.number().describe('What was taken, and by how much more waits'),
      taken: z.number().describe('What workers took, as their events say'),
    })
    .nullable()
    .describe(
      'Tasks a second over five minutes; null until there are two samples, or where it is not sampled. As RabbitMQ measures ' +
        'them over a minute where its management API is configured',
    ),
  empty_in: z.number().nullable().describe('Seconds until it is empty; null where it does not get less'),
  trend: z.array(z.number()).describe('How many waited in the last hour, a number a minute, oldest first'),
  error: z.string().nullable().describe('Why the broker could not say how many wait'),
})

export const queuesAnswer = z.object({
  queues: z.array(queueAnswer).describe('Those with most waiting first; what could not be read last'),
  delayed: z
    .number()
    .nullable()
    .describe(
      'Tasks that wait for their time, with workers or held back by RabbitMQ; null where RabbitMQ did not say',
    ),
  silent_workers: z
    .array(z.string())
    .describe('Online workers that have not said what they consume: a queue may have a consumer among them'),
  more: z.boolean().describe('There are more than the 10,000 queues that are told'),
  problem: z
    .string()
    .nullable()
    .describe("Why RabbitMQ's management API told nothing: queues were then asked for one by one"),
  read_at: z.string().describe('ISO 8601, UTC: an answer is shared for two seconds'),
})

export const purgeAnswer = z.object({
  id: z.string(),
  queue: z.string(),
  by: z.string(),
  reason: z.string().nullable(),
  requested_at: time,
  ended_at: time.describe('null: it goes on'),
  waiting: z.number().describe('Messages at the beginning; no more than these are deleted'),
  deleted: z.number(),
  taken: z.number().describe('Messages that workers took before they could be deleted'),
  incomplete: z.number().describe('Deleted messages that the export holds without their body'),
  problem: z.string().nullable().describe('Why it ended before all was deleted'),
})

export const queueDetailAnswer = queueAnswer.extend({
  history: z
    .array(
      z.object({
        at: z.string(),
        waiting: z.number(),
        taken: z.number().describe('Tasks that workers took since the point before'),
        oldest_at: time,
      }),
    )
    .describe('A point a minute, oldest first'),
  purges: z.array(purgeAnswer).describe('Newest first'),
  silent_workers: z.array(z.string()),
})

export const messagesAnswer = z.object({
  queue: z.string(),
  from: z.enum(['next', 'newest']),
  note: z.string().nullable().describe('What looking did to the messages; null: nothing'),
  messages: z.array(
    z.object({
      task_id: z.string().nullable(),
      task_name: z.string().nullable(),
      args: z.string().nullable().describe('Python repr, as the publisher wrote it'),
      kwargs: z.string().nullable(),
      eta: z.string().nullable(),
      expires: z.string().nullable(),
      retries: z.number().nullable(),
      priority: z.number().nullable().describe('On Redis 0 comes first, on RabbitMQ the highest'),
      origin: z.string().nullable().describe('Who published it'),
      root_id: z.string().nullable(),
      parent_id: z.string().nullable(),
      group_id: z.string().nullable(),
      redelivered: z.boolean(),
      content_type: z.string().nullable(),
      size: z.number().describe('Bytes of the body'),
      headers: z.record(z.string(), z.unknown()).describe('Those that the publisher added'),
      problem: z.string().nullable().describe('Why it can not be read as a task'),
    }),
  ),
})

export const purgePreviewAnswer = z.object({
  queue: z.string(),
  waiting: z.number().describe('Messages that would be deleted'),
  confirm: z.string().describe('What confirm takes'),
})
