import { Malformed } from '../errors.js'
import { parseQueued } from '../messages.js'
import type { QueueItem } from '../queue-messages.js'

/** What lies in a list. */
export function toItem(payload: Buffer): QueueItem {
  try {
    return { ok: true, message: parseQueued(payload) }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return { ok: false, problem: error.message, payload }
  }
}
