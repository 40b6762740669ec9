import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { makeEnvelope } from '../../src/celery/messages.js'
import type { BrokerKind } from './cluster.js'

/** Publishes on Celery's event exchange whatever a test wants, without Celery. */
export interface RawEvents {
  /** Event objects as one message: an object, or a list as in `task.multi`. */
  publish(body: unknown): Promise<void>
  /** Bytes as they are, under a content type of choice. */
  publishBytes(body: Buffer, contentType: string): Promise<void>
  /** Redis: a payload without kombu's envelope. RabbitMQ has no envelope: the bytes are the body. */
  publishPayload(payload: Buffer): Promise<void>
  close(): Promise<void>
}

const exchange = 'celeryev'

/** Workers tell of themselves one by one, under a key for each type; of tasks they tell together. */
function routingKeyOf(body: unknown): string {
  const [first]: unknown[] = Array.isArray(body) ? body : [body]
  const type = typeof first === 'object' && first !== null && 'type' in first ? String(first.type) : ''
  return type.startsWith('worker-') ? type.replace('-', '.') : 'task.multi'
}

export function openRawEvents(kind: BrokerKind, url: string): Promise<RawEvents> {
  return kind === 'redis' ? onRedis(url) : onRabbitmq(url)
}

async function onRedis(url: string): Promise<RawEvents> {
  const redis = new Redis(url)
  const channel = `/0.${exchange}/task.multi`
  return {
    async publish(body) {
      const routingKey = routingKeyOf(body)
      await redis.publish(
        `/0.${exchange}/${routingKey}`,
        makeEnvelope({ body, headers: { hostname: 'raw' }, exchange, routingKey }),
      )
    },
    async publishBytes(body, contentType) {
      const envelope = {
        body: body.toString('base64'),
        'content-type': contentType,
        'content-encoding': 'utf-8',
        headers: {},
        properties: { body_encoding: 'base64', delivery_info: {}, delivery_tag: 'x' },
      }
      await redis.publish(channel, JSON.stringify(envelope))
    },
    async publishPayload(payload) {
      await redis.publish(channel, payload)
    },
    async close() {
      redis.disconnect()
    },
  }
}

async function onRabbitmq(url: string): Promise<RawEvents> {
  const connection = await connect(url.replace(/\/\/$/, ''))
  const channel = await connection.createConfirmChannel()
  await channel.assertExchange(exchange, 'topic', { durable: true, autoDelete: false })
  const publishBytes = (body: Buffer, contentType: string, routingKey = 'task.multi') =>
    new Promise<void>((resolve, reject) => {
      const options = { contentType, contentEncoding: 'utf-8', persistent: false }
      channel.publish(exchange, routingKey, body, options, (error: unknown) => {
        // It is null where RabbitMQ confirms.
        if (error) reject(error)
        else resolve()
      })
    })
  return {
    publish: (body) =>
      publishBytes(Buffer.from(JSON.stringify(body)), 'application/json', routingKeyOf(body)),
    publishBytes,
    publishPayload: (payload) => publishBytes(payload, 'application/json'),
    close: () => connection.close(),
  }
}
