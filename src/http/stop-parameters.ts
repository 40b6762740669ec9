import { z } from 'zod'
import type { Scope } from '../access/scope.js'
import type { Expected } from '../stops/batches.js'
import { BadStopOrder } from '../stops/errors.js'
import type { StopFilter } from '../stops/queries.js'
import type { Selection } from '../stops/selection.js'
import { type StopOrder, type StopStatus, stopSignals, stopStatuses } from '../stops/stop.js'
import { list, taskFilters, taskId, text, time, toFilter, wholeNumber } from './parameters.js'

/** What the requests about stops take. */

const longestEscalation = 86_400
const mostTaskIds = 1_000_000

const plainId = taskId.refine((id) => !id.includes('\0'), 'takes text without NUL characters')

export const stopParams = z.object({ task_id: plainId })

const signal = z
  .string('takes a signal name')
  .transform((name, context) => {
    const short = name.toUpperCase().replace(/^SIG/, '')
    const known = stopSignals.find((each) => each === short)
    if (known !== undefined) return known
    context.addIssue({ code: 'custom', message: `takes one of ${stopSignals.join(', ')}` })
    return z.NEVER
  })
  .optional()
  .describe("TERM, QUIT, USR1 (lets a task clean up) or KILL; the worker's own where absent")

const order = {
  hard: z.boolean('takes true or false').default(false).describe('Terminate it if it runs'),
  reason: z.string('takes text').max(1000, 'takes up to 1000 characters').optional(),
  signal,
  escalate_after: z
    .number('takes a number of seconds')
    .min(0, 'takes seconds from 0')
    .max(longestEscalation, `takes seconds up to ${longestEscalation}`)
    .nullish()
    .describe('Seconds that a running task has to end by itself before SIGKILL; with hard'),
  cooperative: z
    .boolean('takes true or false')
    .default(false)
    .describe("Set the ABORTED flag of Celery's abortable tasks"),
}

export const stopBody = z.object(order, 'takes a JSON object').nullish()

export const revokeBody = z
  .object({ terminate: z.boolean('takes true or false').optional() }, 'takes a JSON object')
  .nullish()

/** The list's filters as JSON: numbers and lists are as good as text. */
const filter = z
  .record(z.string(), z.unknown(), 'takes an object of filters')
  .transform((given, context) => {
    const parsed = taskFilters.strict().safeParse(asQuery(given))
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      const where = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue?.path.join('.')
      const why = issue?.code === 'unrecognized_keys' ? 'is no filter of the list' : issue?.message
      context.addIssue({ code: 'custom', message: `${where} ${why}` })
      return z.NEVER
    }
    if (Object.values(parsed.data).every((value) => value === undefined)) {
      context.addIssue({ code: 'custom', message: 'takes at least one condition: it would mean every task' })
      return z.NEVER
    }
    return { asked: given, query: parsed.data }
  })
  .describe('The filters of GET /api/tasks/; of what matches, all that is unfinished is stopped')

export const bulkBody = z.object(
  {
    ...order,
    filter: filter.optional(),
    task_ids: z.array(plainId, 'takes a list of task ids').max(mostTaskIds).optional(),
    dry_run: z.boolean('takes true or false').default(false).describe('Only count'),
    expected: z
      .union(
        [z.int().min(0), z.object({ count: z.int().min(0), within: z.int().min(0).default(0) })],
        'takes a number, or {"count": n, "within": m}',
      )
      .optional()
      .describe('How many you expect; another number is refused with 409'),
  },
  'takes a JSON object',
)

export const previewQuery = z.object({
  hard: z
    .enum(['true', 'false', '1', '0', ''], 'takes true or false')
    .optional()
    .transform((value) => value === 'true' || value === '1'),
})

const statuses = list.transform((parts, context) => {
  const known = parts?.map((part) => part.toLowerCase())
  if (known === undefined) return undefined
  if (known.every((part): part is StopStatus => stopStatuses.some((each) => each === part))) return known
  context.addIssue({ code: 'custom', message: `takes one or more of ${stopStatuses.join(', ')}` })
  return z.NEVER
})

export const stopListQuery = z.object({
  status: statuses.describe('One or more states of a stop, separated by commas'),
  task_id: text,
  requested_by: text,
  mode: z.enum(['soft', 'hard', ''], 'takes soft or hard').optional(),
  batch_id: z.union([z.uuid(), z.literal('')], 'takes a UUID').optional(),
  requested_after: time.describe('ISO 8601, inclusive'),
  requested_before: time.describe('ISO 8601, exclusive'),
  limit: wholeNumber(1, 1000).describe('Default 100'),
  cursor: text.describe('next_cursor of the page before'),
})

export function toStopFilter(query: z.output<typeof stopListQuery>, scope: Scope): StopFilter {
  return {
    scope,
    statuses: query.status,
    taskId: query.task_id,
    by: query.requested_by,
    mode: query.mode || undefined,
    batchId: query.batch_id || undefined,
    requestedAfter: query.requested_after,
    requestedBefore: query.requested_before,
  }
}

type OrderBody = z.output<z.ZodObject<typeof order>>

/** Throws BadStopOrder where its parts don't go together. `escalateAfter` is what is configured. */
export function toOrder(
  body: OrderBody | null | undefined,
  by: string,
  escalateAfter: number | null,
): StopOrder {
  const hard = body?.hard ?? false
  const given = body?.escalate_after
  if (!hard && (body?.signal !== undefined || typeof given === 'number')) {
    throw new BadStopOrder(
      `${body?.signal !== undefined ? 'signal' : 'escalate_after'} goes with "hard": true; a soft stop sends no signal`,
    )
  }
  if (body?.signal !== undefined && typeof given === 'number') {
    throw new BadStopOrder(
      'escalate_after goes without signal: a worker forgets a task once it has sent it any signal, so that the only one ' +
        'that can follow the time to end by itself is KILL',
    )
  }
  const configured = hard && body?.signal === undefined ? escalateAfter : null
  return {
    mode: hard ? 'hard' : 'soft',
    by,
    reason: body?.reason ?? null,
    signal: body?.signal ?? null,
    escalateAfter: given === undefined ? configured : given,
    cooperative: body?.cooperative ?? false,
  }
}

/** Throws BadStopOrder where it names both a filter and ids, or neither. */
export function toSelection(body: z.output<typeof bulkBody>, scope: Scope): Selection {
  if (body.filter !== undefined && body.task_ids === undefined) {
    return { filter: toFilter(body.filter.query, scope), asked: body.filter.asked }
  }
  if (body.task_ids !== undefined && body.filter === undefined) return { taskIds: body.task_ids, scope }
  throw new BadStopOrder('body takes either filter or task_ids')
}

export function toExpected(body: z.output<typeof bulkBody>): Expected | undefined {
  const { expected } = body
  return typeof expected === 'number' ? { count: expected, within: 0 } : expected
}

function asQuery(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(asText) : asText(value),
    ]),
  )
}

function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
}
