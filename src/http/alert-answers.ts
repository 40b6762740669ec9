import { z } from 'zod'
import { condition } from '../alerts/rule.js'

/** What the API answers about alerts. */

const time = z.string().describe('ISO 8601, UTC')

const alertAnswer = z.object({
  id: z.string(),
  rule_id: z.string(),
  rule: z.string(),
  kind: z.string(),
  subject: z.string().describe("What of the rule it is about, such as a queue; '' where there is only one"),
  sentence: z.string(),
  link: z.string().describe('Path of the page behind it'),
  fired_at: time,
  ended_at: time.nullable().describe('null: it goes on'),
})

export const alertListAnswer = z.object({ alerts: z.array(alertAnswer), next_cursor: z.string().nullable() })

export const ruleAnswer = z.object({
  id: z.string(),
  name: z.string(),
  condition,
  fires_after: z.number().describe('Seconds'),
  resolves_after: z.number().describe('Seconds'),
  channels: z.array(z.string()),
  enabled: z.boolean(),
  muted_until: time.nullable(),
  firing: z.number().describe('How many of its alerts fire'),
  problem: z.string().nullable().describe('Why it could not be looked at'),
  created_by: z.string(),
  created_at: time,
  updated_at: time,
})

const channelAnswer = z.object({
  name: z.string(),
  kind: z.string().describe('webhook, slack or email'),
  target: z.string().describe('Where it goes, without secrets'),
  last_sent_at: time.nullable(),
  waiting: z.number().describe('Notices that wait to be sent'),
  problem: z.string().nullable().describe('Why the last attempt failed'),
})

export const ruleListAnswer = z.object({ rules: z.array(ruleAnswer), channels: z.array(channelAnswer) })

export const deliveryAnswer = z.object({
  channel: z.string(),
  problem: z.string().nullable().describe('null: it arrived'),
})

export const ruleTestAnswer = z.object({
  findings: z
    .array(z.object({ subject: z.string(), sentence: z.string(), link: z.string() }))
    .nullable()
    .describe('What it finds now; null: it can not be told'),
  deliveries: z.array(deliveryAnswer),
})
