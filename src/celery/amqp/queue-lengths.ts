import type { Channel, ChannelModel } from 'amqplib'
import type { QueueLength } from '../broker.js'
import { openChannel, replyCode } from './connection.js'

const notFound = 404
/** The queue is exclusive to another connection. */
const locked = 405

/** Asks by passive declarations. RabbitMQ closes the channel at each queue that is missing, so then there is a new one. */
export async function queueLengths(
  connection: ChannelModel,
  queues: readonly string[],
): Promise<QueueLength[]> {
  const lengths: QueueLength[] = []
  let channel: Channel | undefined
  for (const queue of queues) {
    channel ??= await openChannel(connection)
    try {
      const { messageCount, consumerCount } = await channel.checkQueue(queue)
      lengths.push({ queue, waiting: messageCount, consumers: consumerCount })
    } catch (error) {
      const code = replyCode(error)
      if (code !== notFound && code !== locked) throw error
      lengths.push({ queue, waiting: null, consumers: null })
      channel = undefined
    }
  }
  await channel?.close()
  return lengths
}
