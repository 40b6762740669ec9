import { z } from 'zod'
import type { WorkerCommand } from '../celery/worker-commands.js'
import type { ControlOrder } from '../fleet/worker-control.js'
import { type WorkerStatus, workerStatuses } from '../fleet/worker-status.js'
import { list, text, wholeNumber } from './parameters.js'

/** What the requests about workers take. */

const longestName = 1000
const mostNamed = 1000
const largestPool = 1000
/** Seconds: a week. */
const longestLimit = 604_800

const statuses = list.transform((parts, context) => {
  const known = parts?.map((part) => part.toLowerCase())
  if (known === undefined) return undefined
  if (known.every((part): part is WorkerStatus => workerStatuses.some((each) => each === part))) return known
  context.addIssue({ code: 'custom', message: `takes one or more of ${workerStatuses.join(', ')}` })
  return z.NEVER
})

export const workersQuery = z.object({
  status: statuses.describe('One or more statuses, separated by commas'),
  search: text.describe('Part of a name, of a queue that it consumes or of its version'),
  gone: z
    .enum(['recent', 'all', 'none', ''], 'takes recent, all or none')
    .optional()
    .describe('Workers that are gone: those of the last hour (default, 50 at most), all or none'),
  limit: wholeNumber(1, 10_000).describe('Default 1000'),
})

const name = z.string('takes a node name').min(1, 'takes a node name').max(longestName, 'takes a node name')

export const workerParams = z.object({ name })

const plainText = z
  .string('takes text')
  .trim()
  .min(1, 'takes text')
  .max(255, 'takes up to 255 characters')
  .refine((value) => !value.includes('\0'), 'takes text without NUL characters')

const processes = z
  .int(`takes a whole number from 1 to ${largestPool}`)
  .min(1, `takes a whole number from 1 to ${largestPool}`)
  .max(largestPool, `takes a whole number from 1 to ${largestPool}`)

const seconds = z
  .number('takes seconds')
  .positive('takes seconds above 0; null is no limit')
  .max(longestLimit, `takes seconds up to ${longestLimit}`)
  .nullable()
  .default(null)

const rateTakes = 'takes a rate such as 10/s, 100/m, 5/h, or 0 for none'
const rate = z
  .union([z.string(), z.number()], rateTakes)
  .transform(String)
  .refine((value) => /^\d{1,9}(\.\d{1,6})?(\/[smh])?$/.test(value), rateTakes)

const target = {
  workers: z
    .array(name, 'takes a list of node names')
    .min(1, 'takes at least one node name')
    .max(mostNamed, `takes up to ${mostNamed} node names`)
    .optional()
    .describe('Node names'),
  all: z.literal(true, 'takes true').optional().describe('Instead of workers: all that are online or silent'),
  expected: z.int('takes a whole number').min(0).optional().describe('With all: how many these must be'),
}

function body<Name extends string, Shape extends z.ZodRawShape>(command: Name, shape: Shape) {
  return z.strictObject({ command: z.literal(command), ...target, ...shape })
}

export const controlBody = z
  .discriminatedUnion(
    'command',
    [
      body('ping', {}),
      body('shutdown', {}),
      body('pool_restart', {}),
      body('enable_events', {}),
      body('disable_events', {}),
      body('pool_grow', { n: processes.default(1) }),
      body('pool_shrink', { n: processes.default(1) }),
      body('autoscale', { max: processes, min: z.int('takes a whole number').min(0).max(largestPool) }),
      body('add_consumer', {
        queue: plainText,
        exchange: plainText.optional(),
        exchange_type: z
          .enum(['direct', 'topic', 'fanout', 'headers'], 'takes direct, topic, fanout or headers')
          .optional(),
        routing_key: plainText.optional(),
      }),
      body('cancel_consumer', { queue: plainText }),
      body('rate_limit', { task_name: plainText, rate_limit: rate }),
      body('time_limit', { task_name: plainText, soft: seconds, hard: seconds }),
    ],
    'takes a command, such as {"command": "ping", "all": true}',
  )
  .superRefine((given, context) => {
    const wrong = mistakeIn(given)
    if (wrong !== undefined) context.addIssue({ code: 'custom', path: [wrong.at], message: wrong.message })
  })

type ControlBody = z.output<typeof controlBody>

export function toControlOrder(given: ControlBody, by: string): ControlOrder {
  return {
    command: toCommand(given),
    workers: given.workers ?? 'all',
    expected: given.expected,
    by,
  }
}

function mistakeIn(given: {
  readonly command: string
  readonly workers?: unknown
  readonly all?: unknown
  readonly expected?: unknown
  readonly min?: unknown
  readonly max?: unknown
  readonly soft?: unknown
  readonly hard?: unknown
}): { at: string; message: string } | undefined {
  const { workers, all, expected, min, max, soft, hard } = given
  if ((workers === undefined) === (all === undefined)) {
    return { at: 'workers', message: 'takes either node names, or "all": true instead' }
  }
  if (expected !== undefined && all === undefined) return { at: 'expected', message: 'goes with "all": true' }
  if (typeof min === 'number' && typeof max === 'number' && min > max) {
    return { at: 'min', message: `takes at most max, which is ${max}` }
  }
  if (typeof soft === 'number' && typeof hard === 'number' && soft >= hard) {
    return { at: 'soft', message: `takes less than hard, which is ${hard}: it would never come first` }
  }
  return undefined
}

function toCommand(given: ControlBody): WorkerCommand {
  switch (given.command) {
    case 'pool_grow':
    case 'pool_shrink':
      return { name: given.command, n: given.n }
    case 'autoscale':
      return { name: given.command, max: given.max, min: given.min }
    case 'add_consumer':
      return {
        name: given.command,
        queue: given.queue,
        exchange: given.exchange,
        exchangeType: given.exchange_type,
        routingKey: given.routing_key,
      }
    case 'cancel_consumer':
      return { name: given.command, queue: given.queue }
    case 'rate_limit':
      return { name: given.command, taskName: given.task_name, rate: given.rate_limit }
    case 'time_limit':
      return { name: given.command, taskName: given.task_name, soft: given.soft, hard: given.hard }
    default:
      return { name: given.command }
  }
}
