import { isUtf8 } from 'node:buffer'
import { toJsonValue } from '../celery/json-value.js'
import type { Peeked } from './peeked.js'

/** Bytes of a body that are kept. */
const longestBody = 512 * 1024

/** One line of an export. */
export interface ExportLine {
  readonly line: string
  /** Its body was too long to be kept. */
  readonly incomplete: boolean
}

/** A message with all that it takes to publish it again: headers, properties and body as they were. */
export function exportLineOf({ item, message, problem }: Peeked): ExportLine {
  const bytes = item.ok ? item.message.body : item.payload
  const incomplete = bytes.length > longestBody
  const readable = isUtf8(bytes)
  const line = {
    task_id: message?.id ?? null,
    task_name: message?.task.name ?? null,
    ...(problem === null ? {} : { problem }),
    ...(item.ok && {
      exchange: item.message.exchange,
      routing_key: item.message.routingKey,
      content_type: item.message.contentType,
      content_encoding: item.message.contentEncoding,
      headers: toJsonValue(item.message.headers),
      properties: toJsonValue(item.message.properties),
    }),
    body_size: bytes.length,
    body_encoding: readable ? 'utf-8' : 'base64',
    body: incomplete ? null : bytes.toString(readable ? 'utf8' : 'base64'),
  }
  return { line: JSON.stringify(line), incomplete }
}
