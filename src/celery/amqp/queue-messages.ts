import type { Channel, ChannelModel, GetMessage } from 'amqplib'
import { QueueUnreadable } from '../errors.js'
import type { QueueContent, QueueDrain, QueuedMessage, QueueItem } from '../queue-messages.js'
import { accessRefused, endWithin, locked, notFound, openChannel, replyCode, wordsOf } from './connection.js'
import { SpareConnection } from './spare-connection.js'
import { toWireMessage } from './wire-message.js'

/** Milliseconds for one answer: a queue that has lost its leader may never give it. */
const answerTimeoutMs = 5_000

/**
 * Messages in the queues of RabbitMQ, which can only be seen by taking them (basic.get). It has a connection of its own:
 * RabbitMQ closes the channel at a queue that is missing, and what a lost connection has taken goes back by itself.
 */
export class AmqpQueueMessages {
  readonly #spare: SpareConnection

  constructor(open: () => Promise<ChannelModel>) {
    this.#spare = new SpareConnection(open)
  }

  async peek(queue: string, { most }: { readonly most: number }): Promise<QueueItem[]> {
    const drain = await this.drain(queue)
    try {
      return [...(await drain.next(most))]
    } finally {
      await drain.close()
    }
  }

  async unseen(): Promise<QueueContent[]> {
    return []
  }

  async oldest(): Promise<QueueContent[]> {
    return []
  }

  async drain(queue: string): Promise<QueueDrain> {
    const connection = await this.#spare.get()
    const channel = await openChannel(connection)
    const give = () => this.#spare.drop(connection)
    const { messageCount } = await answered(queue, give, channel.checkQueue(queue))
    return new ChannelDrain(channel, queue, messageCount, give)
  }

  close(): Promise<void> {
    return this.#spare.close()
  }
}

/** Takes messages without acknowledging them; deleting is acknowledging them. */
class ChannelDrain implements QueueDrain {
  readonly #channel: Channel
  readonly #queue: string
  /** Gives the connection up: it waits for an answer that does not come. */
  readonly #giveUp: () => void
  readonly waiting: number
  #left: number
  #taken = 0

  constructor(channel: Channel, queue: string, waiting: number, giveUp: () => void) {
    this.#channel = channel
    this.#queue = queue
    this.#giveUp = giveUp
    this.waiting = waiting
    this.#left = waiting
  }

  async next(most: number): Promise<readonly QueueItem[]> {
    const items: QueueItem[] = []
    while (items.length < most && this.#left > 0) {
      const got = await answered(this.#queue, this.#giveUp, this.#channel.get(this.#queue))
      if (got === false) {
        this.#left = 0
        break
      }
      this.#left -= 1
      items.push({ ok: true, message: toQueued(got) })
    }
    this.#taken = items.length
    return items
  }

  async delete(): Promise<readonly boolean[]> {
    const deleted = Array.from({ length: this.#taken }, () => true)
    if (this.#taken === 0) return deleted
    this.#taken = 0
    this.#channel.ackAll()
    // An acknowledgement has no answer of its own: RabbitMQ has seen it once it answers what was asked after it.
    await answered(this.#queue, this.#giveUp, this.#channel.checkQueue(this.#queue))
    return deleted
  }

  async close(): Promise<void> {
    // Its end gives back what was not acknowledged.
    await endWithin(this.#channel.close())
  }
}

/** Waits for RabbitMQ's answer about a queue, with a bound. Rejects with QueueUnreadable where it is about this queue only. */
async function answered<T>(queue: string, giveUp: () => void, asking: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<'silence'>((resolve) => {
    timer = setTimeout(() => resolve('silence'), answerTimeoutMs)
  })
  try {
    const answer = await Promise.race([asking, silence])
    if (answer !== 'silence') return answer
    giveUp()
    throw new QueueUnreadable(queue, `The queue ${queue} did not answer within ${answerTimeoutMs / 1000} s`)
  } catch (error) {
    const code = replyCode(error)
    if (code === notFound && /no queue/.test(wordsOf(error))) {
      throw new QueueUnreadable(queue, `RabbitMQ has no queue ${queue}`, true)
    }
    if (code === notFound || code === accessRefused || code === locked) {
      throw new QueueUnreadable(queue, `The queue ${queue} can't be read. RabbitMQ says: ${wordsOf(error)}`)
    }
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function toQueued(got: GetMessage): QueuedMessage {
  const { properties, fields } = got
  const { headers: _, ...others } = properties
  return {
    ...toWireMessage(got),
    properties: Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)),
    priority: typeof properties.priority === 'number' ? properties.priority : null,
    redelivered: fields.redelivered,
    exchange: fields.exchange,
    routingKey: fields.routingKey,
  }
}
