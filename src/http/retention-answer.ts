import { z } from 'zod'
import { jobStates } from '../tasks/job.js'

/** What the API answers about how long tasks are kept. */

const time = z.string().describe('ISO 8601, UTC')
const keep = z.string().describe('Such as 30d, or forever')
const names = z.array(z.string()).nullable().describe('null: any')

export const retentionRunAnswer = z.object({
  started_at: time,
  ended_at: time.nullable().describe('null: it goes on'),
  by: z.string().nullable().describe('null: it ran by itself'),
  looked: z.number().describe('Tasks that were looked at'),
  deleted: z.number(),
  deleted_by_rule: z
    .record(z.string(), z.number())
    .describe('By the number of the rule; 0 is the default, `gone`: the application had deleted the row'),
  skipped: z.number().describe('Due, and left for the next run: somebody held them, or something happened'),
  stops: z.number().describe('Stops that were deleted'),
  archived: z.object({ tasks: z.number(), bytes: z.number() }),
  through: z.boolean().describe('It looked at all there is'),
  problem: z.string().nullable(),
})

export const retentionAnswer = z.object({
  keep: keep.describe('Finished tasks that no rule names'),
  rules: z
    .array(
      z.object({
        number: z.number(),
        states: z.array(z.enum(jobStates)).nullable().describe('null: those that have ended'),
        task_types: names,
        tenants: names,
        companies: names,
        keep,
      }),
    )
    .describe('The first that fits a task counts'),
  stops: keep.describe('Stops that have ended'),
  archive: z.string().nullable().describe('The folder that is given what is deleted'),
  every: z.number().describe('Seconds from the beginning of a run to that of the next'),
  attached: z.boolean().describe("The application's rows stay; only what Crisper keeps of them is deleted"),
  runs: z.array(retentionRunAnswer).describe('The latest first'),
  next_run_at: time.nullable().describe('null: nothing is ever deleted'),
})

export const retentionDryRunAnswer = z.object({
  at: time,
  total: z.number(),
  looked: z.number().describe('Tasks that were looked at'),
  more: z.boolean().describe('The time was up: there are as many at least'),
  groups: z.array(
    z.object({
      rule: z.number().nullable().describe('0 is the default; null: the application has deleted the row'),
      state: z.string().nullable(),
      task_type: z.string().nullable(),
      count: z.number(),
      oldest: time,
    }),
  ),
})

export const storageAnswer = z.object({
  tables: z
    .array(
      z.object({
        name: z.string(),
        rows: z.number().describe('As PostgreSQL estimates'),
        bytes: z.number(),
        index_bytes: z.number(),
      }),
    )
    .describe('The largest first'),
  free_bytes: z.number().nullable().describe('Of the disk of the embedded database; null: it is elsewhere'),
  growth: z.array(
    z.object({
      day: time,
      tasks: z.number(),
      estimated: z.boolean().describe('Too many to count: as PostgreSQL estimates'),
    }),
  ),
  tasks_per_day: z.number(),
  bytes_per_task: z.number().nullable().describe('With detail and indexes; null: too few tasks to tell'),
  forecasts: z.array(
    z.object({
      days: z.number(),
      without_rules: z.object({ tasks: z.number(), bytes: z.number().nullable() }),
      with_rules: z.object({ tasks: z.number(), bytes: z.number().nullable() }),
    }),
  ),
})
