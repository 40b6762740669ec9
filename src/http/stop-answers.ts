import { z } from 'zod'
import { effectCodes, noteCodes } from '../stops/preview.js'

/** What the API answers about stops. */

const time = z.string().nullable().describe('ISO 8601, UTC')

/** The small object in lists and details of tasks. */
export const taskStop = z
  .object({
    id: z.string(),
    mode: z.string(),
    status: z.string(),
    requested_at: time,
    by: z.string(),
  })
  .nullable()

export const stopAnswer = z.object({
  id: z.string(),
  task_id: z.string(),
  batch_id: z.string().nullable(),
  mode: z.string(),
  status: z.string(),
  requested_by: z.string(),
  reason: z.string().nullable(),
  signal: z.string().nullable(),
  escalate_after: z.number().nullable().describe('Seconds'),
  cooperative: z.boolean(),
  known: z.boolean().describe('Whether the database or the result backend knew the task'),
  requested_at: time,
  sent_at: time.describe('When it was last sent'),
  sent_count: z.number(),
  escalated_at: time,
  ended_at: time,
  target: z
    .object({ worker: z.string(), pool: z.string().nullable(), child_pid: z.number().nullable() })
    .nullable()
    .describe('Where the task ran'),
  replies: z.array(z.object({ worker: z.string(), at: z.string(), ok: z.boolean(), text: z.string() })),
  sendings: z
    .array(
      z.object({
        at: z.string(),
        why: z.string(),
        worker: z.string().nullable(),
        signal: z.string().nullable(),
      }),
    )
    .describe('The last fifty; those at intervals are only counted'),
  evidence: z
    .object({
      event: z.string().optional(),
      check: z.string().optional(),
      worker: z.string().nullable(),
      at: z.string(),
      terminated: z.boolean().optional(),
    })
    .nullable(),
  explanation: z.string(),
})

export const stopListAnswer = z.object({
  stops: z.array(stopAnswer),
  total: z.number(),
  limit: z.number(),
  next_cursor: z.string().nullable(),
})

export const stoppedAnswer = z.object({
  success: z.literal(true),
  task_id: z.string(),
  action: z.enum(['soft_stop', 'hard_stop']),
  message: z.string(),
  state: z.string().nullable().describe('The state of the job after the stop; null where it is unknown'),
  stop: stopAnswer,
})

export const notStoppedAnswer = z.object({
  success: z.literal(false),
  task_id: z.string(),
  error: z.string(),
  state: z.string().optional(),
})

const effect = z.object({ code: z.enum(effectCodes), possible: z.boolean(), effect: z.string() })

export const previewAnswer = z.object({
  task_id: z.string(),
  hard: z.boolean(),
  will: effect.describe('What the stop asked about would do'),
  place: z.string().describe('queued, reserved, scheduled, running, finished or unknown'),
  state: z.string().nullable(),
  queue: z.string().nullable(),
  worker: z.string().nullable(),
  pool: z.string().nullable(),
  can_terminate: z.boolean().nullable(),
  running_seconds: z.number().nullable(),
  eta: time,
  acknowledged_late: z.boolean().nullable(),
  soft: effect,
  hard_stop: effect,
  notes: z.array(z.object({ code: z.enum(noteCodes), text: z.string() })),
})

export const batchAnswer = z.object({
  id: z.string(),
  status: z
    .string()
    .describe('running: some wait for their turn; sent: all are, outcomes are awaited; done; cancelled'),
  mode: z.string(),
  requested_by: z.string(),
  reason: z.string().nullable(),
  requested_at: time,
  cancelled_at: time,
  filter: z.unknown(),
  root_id: z.string().nullable(),
  total: z.number(),
  counts: z.record(z.string(), z.number()).describe('Its stops by state'),
  percent: z.number().nullable().describe('How many have an outcome'),
})

export const dryRunAnswer = z.object({
  dry_run: z.literal(true),
  total: z.number(),
  by_state: z.record(z.string(), z.number()),
  running_on: z.record(z.string(), z.number()).describe('Running tasks by worker'),
  cannot_terminate: z.number().describe('Of them, on pools that cannot terminate'),
})

export const batchListAnswer = z.object({ batches: z.array(batchAnswer) })
