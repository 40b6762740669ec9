import { contextOf } from '../context.js'
import { isFinished, isJobState } from '../job.js'
import type { TaskRecord } from '../record.js'
import { phases } from '../record-of-event.js'
import { storable } from '../storable.js'

/** A row that was copied in, as far as its task goes on. */
export interface ImportedRow {
  readonly task_id: string
  readonly task_name: string
  readonly queue: string | null
  readonly worker: string | null
  readonly kind: string
  readonly tenant_id?: string | null | undefined
  readonly created_by_id?: number | string | null | undefined
  readonly state: string
  readonly created_at: Date
  readonly started_at?: Date | null | undefined
  readonly meta: unknown
}

/**
 * What a row says of a task that goes on, as the record that events and stops join: without it, what they don't tell (its
 * name, whom it belongs to) would be lost with the first of them. Undefined for a task that has ended.
 */
export function recordOfImported(row: ImportedRow): TaskRecord | undefined {
  const {
    task_name: name,
    queue,
    worker,
    kind,
    state,
    created_at: createdAt,
    started_at: startedAt,
    meta,
  } = row
  if (!isJobState(state) || isFinished(state)) return undefined
  const createdAtSeconds = createdAt.getTime() / 1000
  const at = startedAt ? startedAt.getTime() / 1000 : createdAtSeconds
  const context = contextOf(
    { tenant_id: row.tenant_id, user_id: row.created_by_id, kind, meta },
    createdAtSeconds,
  )
  const runs = state !== 'PENDING' && state !== 'SENT'
  return {
    taskId: storable(row.task_id),
    firstSeenAt: createdAtSeconds,
    told: { at: createdAtSeconds, name: storable(name), ...(queue !== null && { queue: storable(queue) }) },
    ...(context !== undefined && { context }),
    ...(state !== 'PENDING' && {
      state: {
        state,
        fromWorker: runs,
        source: 'table',
        at,
        rank: at,
        phase: runs ? phases.received : phases.sent,
        ...(worker !== null && { worker: storable(worker) }),
      },
    }),
    ...(startedAt && { firstStartedAt: at, lastStartedAt: at }),
    timeline: [],
  }
}
