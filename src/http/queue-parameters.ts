import { z } from 'zod'
import { wholeNumber } from './parameters.js'

/** What the requests about queues take. */

const mostPeeked = 100

export const queueParams = z.object({
  name: z
    .string()
    .min(1)
    .max(255, 'takes up to 255 characters')
    .refine((name) => !name.includes('\0'), 'takes text without NUL characters'),
})

export const historyQuery = z.object({
  hours: wholeNumber(1, 24).describe('Hours of history, default 24'),
})

export const peekQuery = z.object({
  limit: wholeNumber(1, mostPeeked).describe('Default 20'),
  from: z
    .enum(['next', 'newest'], 'takes next or newest')
    .default('next')
    .describe('What workers take next, or what came last (Redis only)'),
})

export const purgeBody = z.object(
  {
    dry_run: z.boolean('takes true or false').default(false).describe('Only count'),
    confirm: z.string('takes the name of the queue').optional(),
    reason: z.string('takes text').max(1000, 'takes up to 1000 characters').optional(),
  },
  'takes a JSON object',
)
