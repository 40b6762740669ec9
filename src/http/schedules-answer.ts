import { z } from 'zod'
import { scheduleStatuses } from '../schedules/outlook.js'

/** What the API answers about schedules. What is not known is null, and a sentence beside it says why. */

const time = z.string().nullable().describe('ISO 8601, UTC')

const whenAnswer = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('interval'),
      every: z.number().describe('Seconds after the run before'),
      about: z.boolean().describe('Celery rounded it when it told it'),
    }),
    z.object({
      kind: z.literal('crontab'),
      crontab: z.string().describe('Minute, hour, day of month, month, day of week; a day must fit all'),
      timezone: z.string().nullable().describe('null: that of the machine of beat, which nothing tells'),
    }),
    z.object({ kind: z.literal('clocked'), at: z.string() }),
    z.object({ kind: z.literal('solar'), event: z.string(), latitude: z.number(), longitude: z.number() }),
    z.object({ kind: z.literal('unreadable'), text: z.string() }),
  ])
  .describe('When it is due')

export const scheduleAnswer = z.object({
  name: z.string(),
  task: z.string().nullable(),
  source: z.enum(['django-celery-beat', 'worker conf']),
  workers: z.array(z.string()).describe('Workers that have it in their settings, 20 at most'),
  worker_count: z.number().describe('All of them'),
  status: z.enum(scheduleStatuses),
  when: whenAnswer,
  one_off: z.boolean().describe('Disabled by beat after its first run'),
  starts_at: time,
  expires_at: time,
  queue: z.string().nullable(),
  args: z.string().nullable().describe('Python repr'),
  kwargs: z.string().nullable().describe('Python repr'),
  payload_hidden: z.boolean().optional().describe('Your role may not see the arguments (tasks:payload)'),
  description: z.string().nullable(),
  last_run: z
    .object({
      at: z.string(),
      source: z.enum(['task', 'table']).describe('The newest task of that name, or what beat wrote down'),
      task_id: z.string().nullable(),
      state: z.string().nullable(),
    })
    .nullable(),
  next_run_at: time.describe('ISO 8601, UTC; past: it is due. null: see no_next_run'),
  no_next_run: z.string().nullable().describe('Why it is not known when it is due next'),
  missed: z
    .object({
      since: z.string().describe('When the first of them was due'),
      count: z.number().describe('At most so many'),
      more: z.boolean().describe('There are more than are counted'),
    })
    .nullable()
    .describe('Runs that were due more than a minute ago, and no task of that name was seen since'),
  shared_with: z
    .number()
    .describe('Other entries that run the same task: which of them a run was of, its events do not tell'),
  problem: z.string().nullable().describe('What has to be mended'),
})

export const schedulesAnswer = z.object({
  schedules: z
    .array(scheduleAnswer)
    .describe('Those with missed runs or another problem first, then those due next'),
  total: z.number().describe('All entries, whatever the filter'),
  attention: z.number().describe('Those of all with missed runs or another problem'),
  sources: z.object({
    tables: z.object({
      state: z
        .enum(['read', 'absent', 'unreadable', 'not_configured'])
        .describe('Of the tables of django-celery-beat'),
      database: z.string().nullable(),
      problem: z.string().nullable().describe('Why they could not be read, and the way out'),
      more: z.boolean().describe('There are more than the 2,000 entries that are read'),
    }),
    workers: z.object({
      asked_at: time,
      asked: z.number(),
      silent: z
        .array(z.string())
        .describe('Those that did not answer, as one on the solo pool while it works'),
      unasked: z
        .number()
        .describe('Online workers that were not asked yet, or are beyond the 1,000 that are'),
      problem: z.string().nullable().describe('Why they could not be asked'),
    }),
  }),
  at: z.string(),
})
