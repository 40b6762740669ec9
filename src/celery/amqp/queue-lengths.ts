import type { Channel, ChannelModel } from 'amqplib'
import type { QueueLength } from '../broker.js'
import { accessRefused, locked, notFound, openChannel, replyCode, wordsOf } from './connection.js'
import { SpareConnection } from './spare-connection.js'

/** Channels that ask at the same time. */
const mostChannels = 16
/** Milliseconds for one queue: one that has lost its leader may never answer. */
const queueTimeoutMs = 3_000
/** Milliseconds for all of them; what is not asked by then is not asked. */
const allTimeoutMs = 15_000
/** Bytes that a name has on the wire. */
const longestName = 255

/**
 * Asks queues by passive declarations, on a connection of its own that is opened when first needed: RabbitMQ closes the
 * channel at each queue that is missing, and a queue that never answers takes its connection along. Neither must
 * disturb the event stream. It never publishes, so RabbitMQ goes on serving it when it runs short of memory or disk.
 */
export class QueueReader {
  readonly #spare: SpareConnection

  constructor(open: () => Promise<ChannelModel>) {
    this.#spare = new SpareConnection(open)
  }

  async lengths(queues: readonly string[]): Promise<QueueLength[]> {
    if (queues.length === 0) return []
    const connection = await this.#spare.get()
    const reading = new Reading(connection, queues)
    try {
      return await reading.run()
    } catch (error) {
      this.#spare.drop(connection)
      throw error
    } finally {
      // A channel that waits for an answer can't be closed without its connection.
      if (reading.isStuck) this.#spare.drop(connection)
    }
  }

  close(): Promise<void> {
    return this.#spare.close()
  }
}

/** One round over the queues, several at a time. */
class Reading {
  readonly #connection: ChannelModel
  readonly #queues: readonly string[]
  readonly #lengths: QueueLength[] = []
  readonly #endsAt = performance.now() + allTimeoutMs
  #next = 0
  isStuck = false

  constructor(connection: ChannelModel, queues: readonly string[]) {
    this.#connection = connection
    this.#queues = queues
  }

  async run(): Promise<QueueLength[]> {
    const lanes = Math.min(mostChannels, this.#queues.length)
    await Promise.all(Array.from({ length: lanes }, () => this.#lane()))
    return this.#lengths
  }

  /** Takes one queue after the other. RabbitMQ ends the channel at each that can't be read; then there is a new one. */
  async #lane(): Promise<void> {
    let channel: Channel | undefined
    while (this.#next < this.#queues.length) {
      const index = this.#next
      this.#next += 1
      const queue = this.#queues[index] ?? ''
      const refusal = this.#refusal(queue)
      if (refusal !== undefined) {
        this.#lengths[index] = unread(queue, refusal)
        continue
      }
      channel ??= await openChannel(this.#connection)
      const length = await this.#ask(channel, queue)
      if (length.error !== null) channel = undefined
      this.#lengths[index] = length
    }
    await channel?.close()
  }

  /** Why a queue is not asked at all. */
  #refusal(queue: string): string | undefined {
    if (queue === '' || Buffer.byteLength(queue) > longestName) {
      return `RabbitMQ has no queues of such a name: it takes 1 to ${longestName} bytes`
    }
    if (performance.now() > this.#endsAt) return 'It was not asked: RabbitMQ took too long for other queues'
    return undefined
  }

  async #ask(channel: Channel, queue: string): Promise<QueueLength> {
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), queueTimeoutMs)
    })
    try {
      const answer = await Promise.race([channel.checkQueue(queue), silence])
      if (answer !== null) {
        const { messageCount: waiting, consumerCount: consumers } = answer
        return { queue, waiting, consumers, missing: false, error: null }
      }
      this.isStuck = true
      return unread(queue, `It did not answer within ${queueTimeoutMs / 1000} s`)
    } catch (error) {
      const code = replyCode(error)
      if (code === locked) return unread(queue, 'It is exclusive to another connection')
      if (code !== notFound && code !== accessRefused) throw error
      const text = wordsOf(error)
      // A queue whose server is down is "not found" as well.
      if (code === notFound && /no queue/.test(text)) {
        return { ...unread(queue, 'RabbitMQ has no such queue'), missing: true }
      }
      return unread(queue, `RabbitMQ says: ${text}`)
    } finally {
      clearTimeout(timer)
    }
  }
}

function unread(queue: string, error: string): QueueLength {
  return { queue, waiting: null, consumers: null, missing: false, error }
}
