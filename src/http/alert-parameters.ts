import { z } from 'zod'
import { condition, longestHold } from '../alerts/rule.js'
import { text, wholeNumber } from './parameters.js'

/** What the requests about alerts take. */

export const alertsQuery = z.object({
  state: z
    .enum(['firing', 'ended', ''], 'takes firing or ended')
    .transform((value) => value || undefined)
    .optional(),
  rule_id: z.uuid('takes a UUID').optional(),
  limit: wholeNumber(1, 1000).describe('Default 100'),
  cursor: text.describe('next_cursor of the page before'),
})

const holdTakes = `takes seconds from 0 to ${longestHold}`
const hold = z.number(holdTakes).int(holdTakes).min(0, holdTakes).max(longestHold, holdTakes)

export const ruleBody = z.strictObject({
  name: z
    .string('takes text')
    .trim()
    .min(1, 'takes 1 to 80 characters')
    .max(80, 'takes 1 to 80 characters')
    .refine((name) => name.isWellFormed() && !/\p{Cc}/u.test(name), 'takes characters on one line'),
  condition,
  fires_after: hold.default(60).describe('Seconds for which the condition has to hold'),
  resolves_after: hold.default(300).describe('Seconds for which it has not to hold, to be over'),
  channels: z
    .array(z.string('takes names of channels'), 'takes a list of names of channels')
    .max(20, 'takes up to 20 channels')
    .transform((names) => [...new Set(names)])
    .default([]),
  enabled: z.boolean('takes true or false').default(true),
})

export const muteBody = z.strictObject(
  {
    until: z.iso
      .datetime({ offset: true, error: 'takes an ISO 8601 time, or null to end it' })
      .transform((value) => new Date(value))
      .nullable(),
  },
  'takes a JSON object with until',
)

export const channelParams = z.object({ name: z.string().max(60, 'takes up to 60 characters') })
