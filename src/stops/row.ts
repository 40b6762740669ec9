import type { Insertable, Selectable } from 'kysely'
import { z } from 'zod'
import type { StopRequestTable } from '../db/schema.js'
import { type Stop, type StopOrder, sendingReasons, stopSignals, stopStatuses } from './stop.js'

const mode = z.enum(['soft', 'hard'])
const status = z.enum(stopStatuses)
const signal = z.enum(stopSignals).nullable()
const replies = z.array(z.object({ worker: z.string(), at: z.string(), ok: z.boolean(), text: z.string() }))
const sendings = z.array(
  z.object({
    at: z.string(),
    why: z.enum(sendingReasons),
    worker: z.string().nullable(),
    signal: z.string().nullable(),
  }),
)
const target = z
  .object({
    worker: z.string(),
    pool: z.enum(['prefork', 'threads', 'solo', 'gevent', 'eventlet', 'unknown']).nullable(),
    childPid: z.number().nullable(),
  })
  .nullable()
const evidence = z
  .object({
    event: z.string().exactOptional(),
    check: z.string().exactOptional(),
    worker: z.string().nullable(),
    at: z.string(),
    terminated: z.boolean().exactOptional(),
  })
  .nullable()

/** What the order says, as columns. */
export function orderColumns(order: StopOrder) {
  return {
    mode: order.mode,
    requested_by: order.by,
    reason: order.reason,
    signal: order.signal,
    escalate_after: order.escalateAfter,
    cooperative: order.cooperative,
  } satisfies Partial<Insertable<StopRequestTable>>
}

export function toStop(row: Selectable<StopRequestTable>): Stop {
  return {
    id: row.id,
    taskId: row.task_id,
    batchId: row.batch_id,
    mode: mode.parse(row.mode),
    status: status.parse(row.status),
    by: row.requested_by,
    reason: row.reason,
    signal: signal.parse(row.signal),
    escalateAfter: row.escalate_after,
    cooperative: row.cooperative,
    requestedAt: row.requested_at,
    sentAt: row.sent_at,
    sentCount: row.sent_count,
    escalatedAt: row.escalated_at,
    endedAt: row.ended_at,
    known: row.known,
    priorState: row.prior_state,
    target: target.parse(row.target),
    replies: replies.parse(row.replies),
    sendings: sendings.parse(row.sendings),
    evidence: evidence.parse(row.evidence),
    explanation: row.explanation,
  }
}
