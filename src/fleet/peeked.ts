import { Malformed } from '../celery/errors.js'
import type { QueueItem } from '../celery/queue-messages.js'
import { readTaskMessage, type TaskMessage } from '../celery/task-message.js'
import { storable } from '../tasks/storable.js'

/** A message as somebody looked at it; what is none of a task says why. */
export interface Peeked {
  readonly item: QueueItem
  readonly message: TaskMessage | null
  readonly problem: string | null
}

/** Reads a message that lies in a queue. */
export function peekedOf(item: QueueItem, queue: string): Peeked {
  if (!item.ok) return { item, message: null, problem: item.problem }
  try {
    return { item, message: readTaskMessage(item.message, storable(queue)), problem: null }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return { item, message: null, problem: error.message }
  }
}
