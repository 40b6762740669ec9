import { z } from 'zod'

/** What the API answers about a window of time. */

const time = z.string().describe('ISO 8601, UTC')

const percentiles = z.object({ p50: z.number(), p95: z.number(), p99: z.number() }).describe('Seconds')

const counts = z.object({
  total: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  revoked: z.number(),
  running: z.number().describe('Every state that is not SUCCESS, FAILURE or REVOKED'),
  wait: percentiles.nullable(),
  run: percentiles.nullable(),
})

const totals = counts.extend({ failure_rate: z.number().nullable() })

export const overviewAnswer = z.object({
  computed_at: time,
  from: time.describe('The window starts with it'),
  to: time.describe('The window ends before it'),
  bucket_seconds: z.number(),
  times_exact: z
    .boolean()
    .describe(
      'False: percentiles are of histograms, within 2.5 % of a job’s time, or in an application’s table of 50,000 of the jobs at most',
    ),
  names_exact: z
    .boolean()
    .describe('False: `slowest` and `failing` are estimated from some of the jobs of a tenant or a company'),
  points: z.array(counts.extend({ at: time, until: time })),
  totals,
  previous: totals.describe('Of the window of equal length just before'),
  by_type: z.array(totals.extend({ key: z.string(), display: z.string() })),
  by_company: z.array(totals.extend({ key: z.string() })),
  slowest: z.array(
    z.object({
      task_name: z.string(),
      total: z.number(),
      run: percentiles,
      previous_run_p95: z.number().nullable(),
    }),
  ),
  failing: z.array(
    z.object({
      task_name: z.string(),
      total: z.number(),
      failed: z.number(),
      failure_rate: z.number(),
      previous_failed: z.number(),
      previous_total: z.number(),
    }),
  ),
})
