import type { Message } from 'amqplib'
import type { ReplyMessage } from '../broker-link.js'

/** On AMQP the properties that Redis needs an envelope for are the protocol's own. */
export function toWireMessage({
  content,
  properties,
}: Pick<Message, 'content' | 'properties'>): ReplyMessage {
  return {
    body: content,
    contentType: textOrNull(properties.contentType),
    contentEncoding: textOrNull(properties.contentEncoding),
    headers: properties.headers ?? {},
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
