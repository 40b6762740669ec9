import { randomUUID } from 'node:crypto'
import type { ChannelModel } from 'amqplib'
import type { Delivery } from '../broker.js'
import { openChannel } from './connection.js'
import { declareExchange } from './declare.js'
import { AmqpDelivery } from './delivery.js'

/** Heartbeats that nobody reads are of no use: the oldest go. */
const maxBytes = 8 * 1024 * 1024

export interface WorkerEventsOptions {
  readonly eventExchange: string
  readonly onDelivery: (delivery: Delivery) => void
  /** It can't go on, though the connection may still stand. */
  readonly onBroken: (error: unknown) => void
}

/** Consumes what workers say of themselves, in a queue that goes with the connection. */
export async function consumeWorkerEvents(
  connection: ChannelModel,
  { eventExchange, onDelivery, onBroken }: WorkerEventsOptions,
): Promise<void> {
  await declareExchange(connection, eventExchange, 'topic', true)
  const channel = await openChannel(connection)
  const queue = `crisper.workers.${randomUUID()}`
  await channel.assertQueue(queue, {
    exclusive: true,
    autoDelete: true,
    durable: false,
    arguments: { 'x-max-length-bytes': maxBytes, 'x-overflow': 'drop-head' },
  })
  await channel.bindQueue(queue, eventExchange, 'worker.#')
  await channel.consume(
    queue,
    (message) => {
      if (message === null) onBroken(new Error('the queue of worker events was deleted'))
      else onDelivery(new AmqpDelivery(channel, message))
    },
    { noAck: true },
  )
  // Later, so that where the connection is lost its own reason comes first.
  channel.on('close', () =>
    queueMicrotask(() => onBroken(new Error('the channel of worker events was closed'))),
  )
}
