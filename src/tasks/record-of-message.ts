import type { TaskMessage } from '../celery/task-message.js'
import type { TaskRecord } from './record.js'
import { describe, type Reading, stoppedRegister } from './record-of-event.js'
import { redactMessage } from './redact-message.js'
import { storable } from './storable.js'

/** What a message that waits in a queue tells about its task. `seenAt` is when it was read, in epoch seconds. */
export function recordOfMessage(
  message: TaskMessage,
  seenAt: number,
  { ownerOf, redactor }: Reading,
): TaskRecord {
  const { task } = redactMessage(message, redactor)
  const note = task.queue === null ? {} : { note: storable(task.queue) }
  return {
    taskId: storable(message.id),
    firstSeenAt: seenAt,
    queued: describe(task, seenAt, ownerOf(message.task)),
    timeline: [{ id: 'seen-in-queue', type: 'seen-in-queue', at: seenAt, ...note }],
  }
}

/** Who deleted messages from a queue, when and why. */
export interface Purged {
  readonly id: string
  readonly at: Date
  readonly queue: string
  readonly by: string
  readonly reason: string | null
}

/**
 * What the deletion of its message means for a task: REVOKED, as by a stop. It has no head start: should the task be
 * started all the same, from another message or by a worker that had it already, the start counts. A task that does not
 * wait (`waits`), of which this was another copy, is only told so.
 */
export function recordOfPurge(
  message: TaskMessage,
  purged: Purged,
  waits: boolean,
  reading: Reading,
): TaskRecord {
  const at = purged.at.getTime() / 1000
  const { id, queue, by } = purged
  const reason = purged.reason === null ? {} : { reason: purged.reason }
  const note = `${queue}, by ${by}${purged.reason === null ? '' : `: ${purged.reason}`}`
  return {
    ...recordOfMessage(message, at, reading),
    ...(waits && { state: stoppedRegister(at), purge: { at, queue, by, ...reason } }),
    timeline: [{ id: `purged|${id}`, type: 'purged', at, note }],
  }
}
