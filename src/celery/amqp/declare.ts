import { randomUUID } from 'node:crypto'
import type { Channel, ChannelModel, Options } from 'amqplib'
import type { EventQueueType } from '../broker.js'
import { endWithin, openChannel, replyCode } from './connection.js'

const accessRefused = 403
const notFound = 404
const preconditionFailed = 406
const notImplemented = 540
const internalError = 541

const expiresMs = 3_600_000
const maxBytes = 512 * 1024 * 1024

/**
 * Declares an exchange as Celery does. One that exists with other settings, or that we may not declare, is taken as it
 * is. Each try that fails costs its channel, so this opens its own.
 */
export async function declareExchange(
  connection: ChannelModel,
  name: string,
  type: 'topic' | 'fanout' | 'direct',
  durable: boolean,
): Promise<void> {
  try {
    await onChannel(connection, (channel) =>
      channel.assertExchange(name, type, { durable, autoDelete: false }),
    )
  } catch (error) {
    if (!isCode(error, preconditionFailed, accessRefused)) throw error
    await onChannel(connection, (channel) => channel.checkExchange(name))
  }
}

/** What a broker was seen to refuse; kept over reconnections. */
export interface Refusals {
  quorumQueues: boolean
}

export interface EventQueue {
  readonly name: string
  readonly type: EventQueueType
  /** It was there before, with what came meanwhile; null for one that goes with its consumer. */
  readonly existed: boolean | null
}

/** Declares the queue of that name, or one that goes with its consumer. */
export async function declareEventQueue(
  connection: ChannelModel,
  name: string | null,
  refusals: Refusals,
): Promise<EventQueue> {
  if (name === null) return declareTemporaryQueue(connection)
  const existed = await isThere(connection, name)
  return { name, existed, type: await declareLastingQueue(connection, name, refusals) }
}

async function isThere(connection: ChannelModel, name: string): Promise<boolean> {
  try {
    await onChannel(connection, (channel) => channel.checkQueue(name))
    return true
  } catch (error) {
    // Another refusal is for those to tell who need the queue.
    if (!isCode(error, notFound, accessRefused, preconditionFailed)) throw error
    return !isCode(error, notFound)
  }
}

async function declareTemporaryQueue(connection: ChannelModel): Promise<EventQueue> {
  const name = `crisper.events.${randomUUID()}`
  await onChannel(connection, (channel) =>
    channel.assertQueue(name, {
      exclusive: true,
      autoDelete: true,
      durable: false,
      arguments: { 'x-max-length-bytes': maxBytes, 'x-overflow': 'drop-head' },
    }),
  )
  return { name, type: 'temporary', existed: null }
}

/**
 * Declares the queue that keeps events for us, also while we are away: at most an hour and 512 MiB, then the oldest go.
 *
 * Celery publishes events as transient messages, which a classic queue loses when the broker restarts; a quorum queue
 * keeps them. Where the broker has no quorum queues it is a classic one. A queue of that name with other settings is
 * used as it is.
 */
async function declareLastingQueue(
  connection: ChannelModel,
  name: string,
  refusals: Refusals,
): Promise<EventQueueType> {
  const type = refusals.quorumQueues ? 'classic' : 'quorum'
  // A RabbitMQ whose quorum queues are switched off closes the connection, so that only the next one can know.
  const onClose = (error?: Error): void => {
    if (type === 'quorum' && isCode(error, notImplemented, internalError)) refusals.quorumQueues = true
  }
  connection.on('close', onClose)
  try {
    await onChannel(connection, (channel) => channel.assertQueue(name, queueOptions(type)))
    return type
  } catch (error) {
    if (!isCode(error, preconditionFailed, accessRefused)) throw error
  } finally {
    connection.off('close', onClose)
  }
  try {
    await onChannel(connection, (channel) => channel.checkQueue(name))
    return 'found'
  } catch (error) {
    if (type === 'classic' || !isCode(error, notFound)) throw error
  }
  await onChannel(connection, (channel) => channel.assertQueue(name, queueOptions('classic')))
  return 'classic'
}

function queueOptions(type: 'quorum' | 'classic'): Options.AssertQueue {
  return {
    durable: true,
    arguments: {
      'x-queue-type': type,
      'x-expires': expiresMs,
      'x-max-length-bytes': maxBytes,
      'x-overflow': 'drop-head',
    },
  }
}

/** Runs one operation on a channel of its own, which RabbitMQ closes when it fails. */
export async function onChannel<T>(
  connection: ChannelModel,
  run: (channel: Channel) => Promise<T>,
): Promise<T> {
  const channel = await openChannel(connection)
  const result = await run(channel)
  await endWithin(channel.close())
  return result
}

function isCode(error: unknown, ...codes: readonly number[]): boolean {
  const code = replyCode(error)
  return code !== undefined && codes.includes(code)
}
