import { z } from 'zod'
import { gapKinds } from '../reconcile/gaps.js'

/** What the API answers about reconciling and gaps. */

const time = z.string().describe('ISO 8601, UTC')

export const reconcileAnswer = z.object({
  started_at: time,
  took: z.number().describe('Seconds'),
  checked: z.number().describe('Unfinished and lost tasks that were compared with what Celery knows'),
  healed: z
    .record(z.string(), z.number())
    .describe('Tasks whose state was wrong, by the state that they have now'),
  added: z.number().describe('Tasks that nobody had heard of'),
  lost: z.number().describe('Tasks that count as lost from now on'),
  suspected: z.number().describe('Tasks that nobody seems to have: lost, if the next look says the same'),
  found_again: z.number().describe('Lost tasks that somebody has after all'),
  given_up: z.number().describe('Lost tasks that became FAILURE (reconcile.fail_lost_after)'),
  unanswered: z.number().describe('Tasks of which nothing could be said: their worker gave no answer'),
  silent_workers: z.array(z.string()).describe('Online workers that gave no answer'),
  problems: z.array(z.string()).describe('What could not be asked, in words'),
  more: z.boolean().describe('More are to be looked at than one run may; the next goes on'),
})

export const gapsAnswer = z.object({
  gaps: z
    .array(
      z.object({
        id: z.string(),
        kind: z.enum(gapKinds),
        began_at: time,
        ended_at: time,
        seconds: z.number(),
        count: z.number().nullable().describe('Messages, where they could be counted'),
        lossy: z.boolean().describe('Whether events are missing, as far as can be told'),
        note: z.string(),
        repaired: z.object({
          healed: z.number(),
          added: z.number(),
          lost: z.number(),
          at: time.nullable(),
        }),
      }),
    )
    .describe('The latest first; the latest 1,000 are kept'),
})
