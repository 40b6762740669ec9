import { randomUUID } from 'node:crypto'
import { unzipSync } from 'node:zlib'
import type { WireMessage } from './broker.js'
import { Malformed } from './errors.js'
import { isPlainObject } from './json-value.js'
import type { QueuedMessage } from './queue-messages.js'
import { decodeJson, decodeMsgpack, decodeYaml } from './serializers.js'

/** The largest body we read, in bytes, packed or unpacked. */
const maxBodyBytes = 16 * 1024 * 1024
/** A body of that size in base64, and room for headers. */
const maxEnvelopeBytes = 24 * 1024 * 1024

const decoders = new Map<string, (body: Buffer) => unknown>([
  ['application/json', decodeJson],
  ['application/x-msgpack', decodeMsgpack],
  ['application/x-yaml', decodeYaml],
])

/** kombu's names for zlib (`kombu.compression`); "gzip" is zlib there as well. */
const zlibNames = new Set(['application/x-gzip', 'gzip', 'zlib'])

/**
 * The value in a message's body: JSON, MessagePack or YAML, compressed with zlib or not. Throws Malformed for anything
 * else. Pickle is refused unread, since unpickling runs code.
 */
export function decodeBody(
  message: Pick<WireMessage, 'body' | 'contentType' | 'contentEncoding' | 'headers'>,
): unknown {
  const decode = decoders.get(message.contentType?.trim().toLowerCase() ?? '')
  if (!decode) {
    throw new Malformed('content_type', `bodies of content type ${quote(message.contentType)} are not read`)
  }
  checkSize(message.body, maxBodyBytes)
  return decode(decompress(message.body, message.headers.compression))
}

/** A message on Redis as it lies in a list or comes over a channel. */
export interface RedisMessage
  extends Pick<WireMessage, 'body' | 'contentType' | 'contentEncoding' | 'headers'> {
  readonly properties: Readonly<Record<string, unknown>>
}

/** Takes kombu's envelope off a Redis payload (`kombu.transport.virtual.Message`). Malformed `no_envelope` without one. */
export function parseEnvelope(payload: Buffer): RedisMessage {
  checkSize(payload, maxEnvelopeBytes)
  const envelope = parseObject(payload)
  const { body, headers, properties } = envelope
  if (typeof body !== 'string') throw new Malformed('no_envelope', 'the payload has no body')
  const knownProperties = isPlainObject(properties) ? properties : {}
  return {
    body: Buffer.from(body, knownProperties.body_encoding === 'base64' ? 'base64' : 'utf8'),
    contentType: textOrNull(envelope['content-type']),
    contentEncoding: textOrNull(envelope['content-encoding']),
    headers: isPlainObject(headers) ? headers : {},
    properties: knownProperties,
  }
}

/** A payload that lies in a list of Redis. Throws Malformed. */
export function parseQueued(payload: Buffer): QueuedMessage {
  const message = parseEnvelope(payload)
  const { priority, delivery_info: delivery } = message.properties
  const info = isPlainObject(delivery) ? delivery : {}
  return {
    ...message,
    priority: typeof priority === 'number' ? priority : null,
    redelivered: info.redelivered === true,
    exchange: textOrNull(info.exchange),
    routingKey: textOrNull(info.routing_key),
  }
}

export interface OutgoingMessage {
  /** Sent as JSON. */
  readonly body: unknown
  readonly headers: Readonly<Record<string, unknown>>
  readonly exchange: string
  readonly routingKey: string
}

/** The payload to publish or push on Redis for a message, with a delivery tag of its own. */
export function makeEnvelope({ body, headers, exchange, routingKey }: OutgoingMessage): string {
  return JSON.stringify({
    body: Buffer.from(JSON.stringify(body)).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers,
    properties: {
      delivery_mode: 2,
      delivery_info: { exchange, routing_key: routingKey },
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: randomUUID(),
    },
  })
}

function decompress(body: Buffer, compression: unknown): Buffer {
  if (compression === undefined || compression === null || compression === '') return body
  if (typeof compression !== 'string' || !zlibNames.has(compression.toLowerCase())) {
    throw new Malformed('compression', `bodies compressed as ${quote(compression)} are not read`)
  }
  try {
    return unzipSync(body, { maxOutputLength: maxBodyBytes })
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(`more than ${maxBodyBytes}`)
    throw new Malformed('compression', `the body is not ${compression}`)
  }
}

function parseObject(payload: Buffer): Record<string, unknown> {
  let value: unknown
  try {
    value = decodeJson(payload)
  } catch (error) {
    if (!(error instanceof Malformed) || error.reason === 'too_deep') throw error
    throw new Malformed('no_envelope', `the payload is no message of Celery: ${error.message}`)
  }
  if (!isPlainObject(value)) throw new Malformed('no_envelope', 'the payload is no JSON object')
  return value
}

function checkSize(bytes: Buffer, limit: number): void {
  if (bytes.length > limit) throw tooLarge(String(bytes.length))
}

function tooLarge(size: string): Malformed {
  return new Malformed('too_large', `messages of ${size} bytes are not read`)
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function quote(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 100))
}
