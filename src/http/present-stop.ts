import type { z } from 'zod'
import type { StopBatch } from '../stops/batches.js'
import { isDone } from '../stops/batches.js'
import type { Preview } from '../stops/preview.js'
import { isOpen, type Stop, stopStatuses } from '../stops/stop.js'
import type { StopSummary } from '../stops/store.js'
import { percent } from '../tasks/job.js'
import { iso } from './iso.js'
import type { batchAnswer, previewAnswer, stopAnswer, taskStop } from './stop-answers.js'

export function toTaskStop(stop: StopSummary | undefined): z.output<typeof taskStop> {
  if (stop === undefined) return null
  const { id, mode, status, by } = stop
  return { id, mode, status, requested_at: iso(stop.requestedAt), by }
}

export function toStopAnswer(stop: Stop): z.output<typeof stopAnswer> {
  const { target } = stop
  return {
    id: stop.id,
    task_id: stop.taskId,
    batch_id: stop.batchId,
    mode: stop.mode,
    status: stop.status,
    requested_by: stop.by,
    reason: stop.reason,
    signal: stop.signal,
    escalate_after: stop.escalateAfter,
    cooperative: stop.cooperative,
    known: stop.known,
    requested_at: iso(stop.requestedAt),
    sent_at: iso(stop.sentAt),
    sent_count: stop.sentCount,
    escalated_at: iso(stop.escalatedAt),
    ended_at: iso(stop.endedAt),
    target: target && { worker: target.worker, pool: target.pool, child_pid: target.childPid },
    replies: [...stop.replies],
    sendings: [...stop.sendings],
    evidence: stop.evidence,
    explanation: stop.explanation,
  }
}

export function toPreviewAnswer(
  taskId: string,
  hard: boolean,
  preview: Preview,
): z.output<typeof previewAnswer> {
  return {
    task_id: taskId,
    hard,
    will: hard ? preview.hard : preview.soft,
    place: preview.place,
    state: preview.state,
    queue: preview.queue,
    worker: preview.worker,
    pool: preview.pool,
    can_terminate: preview.canTerminate,
    running_seconds: preview.runningSeconds,
    eta: iso(preview.eta),
    acknowledged_late: preview.acknowledgedLate,
    soft: preview.soft,
    hard_stop: preview.hard,
    notes: [...preview.notes],
  }
}

export function toBatchAnswer(batch: StopBatch): z.output<typeof batchAnswer> {
  const ended = stopStatuses
    .filter((status) => !isOpen(status))
    .reduce((sum, status) => sum + batch.counts[status], 0)
  return {
    id: batch.id,
    status: statusOf(batch),
    mode: batch.mode,
    requested_by: batch.by,
    reason: batch.reason,
    requested_at: iso(batch.requestedAt),
    cancelled_at: iso(batch.cancelledAt),
    filter: batch.filter,
    root_id: batch.rootId,
    total: batch.total,
    counts: batch.counts,
    percent: percent(ended, batch.total),
  }
}

function statusOf(batch: StopBatch): string {
  if (batch.cancelledAt !== null) return 'cancelled'
  if (isDone(batch)) return 'done'
  return batch.counts.requested > 0 ? 'running' : 'sent'
}
