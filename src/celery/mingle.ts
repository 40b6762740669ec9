import { randomUUID } from 'node:crypto'
import type { ControlMessage, ReplyAddress, ReplyMessage } from './broker-link.js'
import { Malformed } from './errors.js'
import { isPlainObject } from './json-value.js'
import { decodeBody } from './messages.js'

/**
 * Celery's "mingle": a worker that starts broadcasts `hello`, waits a second for its neighbours' answers, takes over
 * their revoked ids and only then its first task (`celery.worker.consumer.mingle`). Answering as a neighbour is the
 * one way to tell a worker what it must not run before it could.
 */

/** Names us among the neighbours of a worker; not the node name of any worker. */
const nodeName = `crisper-${randomUUID().slice(0, 8)}@crisper`

/**
 * Celery keeps a revoked id with a time of the worker's monotonic clock (`celery.utils.collections.LimitedSet`), must
 * have it as a float, and forgets ids whose time is over. We don't know that clock: this lies ahead of any, until the
 * ordinary revoke, which follows, sets the time right. The fraction keeps it a float in JSON.
 */
const stamp = 1e9 + 0.5

/** Who asks, and where the answer goes; undefined for any other message. */
export function askedHello(
  message: ReplyMessage,
): { readonly replyTo: ReplyAddress; readonly ticket: string } | undefined {
  const body = decoded(message)
  if (!isPlainObject(body) || body.method !== 'hello' || !isPlainObject(body.reply_to)) return undefined
  const { exchange, routing_key } = body.reply_to
  if (typeof exchange !== 'string' || typeof routing_key !== 'string' || typeof body.ticket !== 'string') {
    return undefined
  }
  return { replyTo: { exchange, routing_key }, ticket: body.ticket }
}

export function helloReply(ticket: string, revoked: readonly string[]): ControlMessage {
  const stamped = Object.fromEntries(revoked.map((id) => [id, stamp]))
  return { body: { [nodeName]: { revoked: stamped, clock: 0 } }, headers: { ticket, clock: 0 } }
}

function decoded(message: ReplyMessage): unknown {
  try {
    return decodeBody(message)
  } catch (error) {
    if (error instanceof Malformed) return undefined
    throw error
  }
}
