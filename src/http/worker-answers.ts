import { z } from 'zod'
import { workerCommandNames } from '../celery/worker-commands.js'
import { workerStatuses } from '../fleet/worker-status.js'

/** What the API answers about workers. What is not known is null. */

const time = z.string().nullable().describe('ISO 8601, UTC')
const count = z.number().nullable()

const worker = z.object({
  name: z.string(),
  status: z.enum(workerStatuses),
  reason: z.string().describe('Why it has this status, in a sentence'),
  reason_code: z.string(),
  last_seen_at: time.describe('The last sign of life of any kind'),
  last_heartbeat_at: time,
  last_answer_at: time.describe('When it last answered a question'),
  last_asked_at: time.describe('When it was last asked because nothing was heard of it'),
  consuming: z.object({
    consumes: z.boolean().nullable().describe('Whether it takes tasks from any queue, as it said last'),
    queues: z.array(z.string()),
    said_at: time,
    last_task_at: time.describe('When it last took or started a task'),
  }),
  first_seen_at: time,
  started_at: time,
  restarts: z.number().describe('Starts after the first that is known'),
  name_is_shared: z.boolean().describe('Two processes send heartbeats under this name'),
  active: count,
  processed: count,
  idle_since: time.describe('Since when its heartbeats say that it runs and starts nothing'),
  loadavg: z.array(z.number()).nullable(),
  version: z.string().nullable(),
  system: z.string().nullable(),
  pid: count,
  clock_skew: count.describe('Seconds by which its clock is off, where it is'),
  pool: z.string().nullable(),
  concurrency: count.describe('As it was started'),
  processes: count.describe('Of a prefork pool, which may have grown or shrunk'),
})

export const workersAnswer = z.object({
  workers: z
    .array(worker)
    .describe('Those that are there first, then those that are gone, the last seen first'),
  counts: z.record(z.enum(workerStatuses), z.number()).describe('All that match, by status'),
  folded: z.number().describe('Workers that match and are not told: gone for an hour or more, or too many'),
})

const heldTask = z.object({
  id: z.string(),
  name: z.string().nullable(),
  queue: z.string().nullable(),
  started_at: time,
  eta: time,
  pid: count,
})

const tasks = z
  .object({ at: z.string(), total: z.number(), tasks: z.array(heldTask) })
  .nullable()
  .describe('As it said at that time; the first 100')

export const workerAnswer = worker.extend({
  asked_at: time.describe('When it was last asked for the following; null where it is gone'),
  answered: z.boolean().describe('Whether it has answered since'),
  problem: z.string().nullable().describe('Why it could not be asked'),
  told_at: time.describe('When it told its figures'),
  uptime: count.describe('Seconds'),
  prefetch: count.describe('Messages that it takes in advance at most; 0 is no limit'),
  autoscale: z.object({ min: count, max: count }).nullable(),
  max_tasks_per_child: z.string().nullable(),
  time_limits: z.object({ soft: count, hard: count }).nullable(),
  child_pids: z.array(z.number()).nullable(),
  started_by_name: z.record(z.string(), z.number()).nullable().describe('Tasks that it started, by name'),
  usage: z
    .object({ user_seconds: count, system_seconds: count, max_rss: count.describe('kB on Linux') })
    .nullable(),
  queues: z
    .array(z.object({ name: z.string(), waiting: count.describe('Messages that no worker has taken') }))
    .nullable(),
  takes_nothing: z.boolean().describe('Messages wait in its queues, and it has run nothing for a minute'),
  active_tasks: tasks,
  reserved_tasks: tasks,
  scheduled_tasks: tasks,
  registered: z.array(z.string()).nullable(),
  settings: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('What its configuration sets; secrets are masked'),
  commands: z
    .array(
      z.object({
        command: z.enum(workerCommandNames),
        refusal: z.string().nullable(),
        reason: z.string().nullable(),
      }),
    )
    .describe('What it can be told, and why not where that is known'),
})

export const controlAnswer = z.object({
  command: z.enum(workerCommandNames),
  results: z.array(
    z.object({
      worker: z.string(),
      outcome: z.enum(['ok', 'refused', 'no_answer']),
      code: z.string(),
      message: z.string().describe('What it means, in a sentence'),
      raw: z.string().nullable().describe("The worker's own words"),
    }),
  ),
  counts: z.object({ ok: z.number(), refused: z.number(), no_answer: z.number() }),
})
