import { z } from 'zod'
import { lostKinds } from '../tasks/record.js'
import { sources } from '../tasks/sources.js'
import { taskStop } from './stop-answers.js'

/** What the API answers: the shapes of the contract, and with them its OpenAPI document. */

const time = z.string().nullable().describe('ISO 8601, UTC')
const json = z.unknown()

export const errorAnswer = z.object({ error: z.string() })

const payloadHidden = z
  .literal(true)
  .optional()
  .describe('You may not see arguments, results, errors and tracebacks: null stands for them')

export const taskAnswer = z.object({
  id: z.string(),
  task_id: z.string(),
  task_name: z.string(),
  task_type: z.string(),
  task_type_display: z.string(),
  state: z.string(),
  kind: z.string(),
  queue: z.string().nullable(),
  worker: z.string().nullable(),
  tenant_id: z.string().nullable(),
  created_by_id: z.union([z.number(), z.string()]).nullable(),
  created_at: time,
  enqueued_at: time,
  started_at: time,
  finished_at: time,
  retries: z.number(),
  max_retries: z.number(),
  total: z.number().nullable(),
  done: z.number().nullable(),
  percent: z.number().nullable(),
  by_category: json,
  meta: json,
  result: json.describe('Only when SUCCESS'),
  error: z.string().nullable().describe('Only when FAILURE or REVOKED'),
  lost: z.boolean().describe('Nobody has it although it should run; see lost_evidence of the task'),
  stop: taskStop.optional().describe('The last stop that was asked for; null where none was'),
  live_state: z.string().nullable().optional().describe('What Celery says, where it differs from the row'),
  live_info: json.optional(),
  payload_hidden: payloadHidden,
})

const countedAt = time.describe(
  'From when this is, where it was dear to count and is kept for a while; null: from now',
)

export const listAnswer = z.object({
  tasks: z.array(taskAnswer),
  total: z.number().nullable().describe('All that match; null only with count=none'),
  total_counted_at: countedAt,
  limit: z.number(),
  offset: z.number(),
  next_cursor: z.string().nullable(),
})

const cappedText = z.object({ text: z.string(), size: z.number().optional() }).nullable()

const knownTask = taskAnswer.extend({
  live_state: z.string().nullable(),
  live_info: json,
  ready: z.boolean(),
  successful: z.boolean(),
  in_db: z.literal(true),
  args: cappedText.describe('Python repr; size is the original length where it was cut by us'),
  kwargs: cappedText,
  result_repr: cappedText,
  traceback: cappedText,
  runtime: z.number().nullable().describe('Seconds, of the last run'),
  root_id: z.string().nullable(),
  parent_id: z.string().nullable(),
  sources: z
    .record(z.string(), z.enum(sources))
    .describe(
      "Where each value comes from: an event, the application's hooks (context), the arguments, the message in its queue, a stop, the table, or where events were missed the result_backend, a worker's answer, or reconcile",
    ),
  ownership: z
    .record(z.string(), json)
    .describe("company_id, tenant_id, created_by_id as the application's hooks or the arguments say"),
  lost_evidence: z
    .object({ at: time, kind: z.enum(lostKinds), worker: z.string(), note: z.string() })
    .nullable()
    .describe('Why it counts as lost; anything later that is heard of it takes that back'),
  attempts: z.array(
    z.object({
      number: z.number(),
      worker: z.string().nullable(),
      pid: z.number().nullable(),
      received_at: time,
      started_at: time,
      ended_at: time,
      outcome: z.string().nullable(),
      exception: z.string().nullable(),
      runtime: z.number().nullable(),
      redelivered: z.boolean(),
    }),
  ),
  timeline: z.array(z.object({ type: z.string(), at: time }).catchall(json)),
})

const taskOnlyInBackend = z.object({
  task_id: z.string(),
  task_name: z.string().nullable(),
  task_type: z.string(),
  task_type_display: z.string(),
  state: z.string(),
  ready: z.boolean(),
  successful: z.boolean(),
  result: json,
  error: z.string().nullable(),
  in_db: z.literal(false),
  payload_hidden: payloadHidden,
})

export const detailAnswer = z.union([knownTask, taskOnlyInBackend])

export const statisticsAnswer = z.object({
  total: z.number(),
  running: z.number(),
  completed: z.number(),
  failed: z.number(),
  revoked: z.number(),
  lost: z.number().describe('Unfinished ones that nobody has'),
  by_state: z.record(z.string(), z.number()),
  by_task_type: z.record(z.string(), z.number()),
  hours_ago: z.number(),
  counted_at: countedAt,
})

export const countsAnswer = z.object({
  total: z.number(),
  by_state: z.record(z.string(), z.number()),
  counted_at: z.string().describe('ISO 8601, UTC: counts of many tasks are kept for a while'),
})

export const typesAnswer = z.object({
  task_types: z.array(z.object({ value: z.string(), display: z.string() })),
})

export const liveAnswer = z.object({
  tasks: z.array(taskAnswer).describe('Tasks that changed and match the filter, as they stand now'),
  gone: z.array(z.string()).describe('Ids of tasks that changed and do not match it (any more)'),
  many: z.boolean().describe('More changed than are named: look again'),
})
