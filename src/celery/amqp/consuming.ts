import type { Channel, ConsumeMessage } from 'amqplib'
import type { EventQueue } from './declare.js'
import type { QueueLook } from './taking-part.js'

/** A queue that doesn't answer for so long has no leader, and will get none. */
const consumeTimeoutMs = 10_000

interface ConsumingParts {
  readonly channel: Channel
  readonly queue: EventQueue
  readonly onMessage: (message: ConsumeMessage) => void
  /** The queue was deleted. */
  readonly onEnd: () => void
}

/** A channel that looks at a queue and may begin to consume it. Its end is the end of that: see `event-consumer.ts`. */
export class Consuming {
  readonly channel: Channel
  readonly #parts: ConsumingParts
  #started = false

  constructor(parts: ConsumingParts) {
    this.#parts = parts
    this.channel = parts.channel
  }

  /** Throws what RabbitMQ says, and SilentQueue. */
  async look(): Promise<QueueLook> {
    const { queue } = this.#parts
    const { messageCount, consumerCount } = await this.#answered(this.channel.checkQueue(queue.name))
    return { messages: messageCount, consumers: consumerCount, at: performance.now() }
  }

  /** Throws what RabbitMQ says, and SilentQueue. */
  async start(priority: number): Promise<void> {
    if (this.#started) return
    this.#started = true
    const { queue, onMessage, onEnd } = this.#parts
    const onGiven = (message: ConsumeMessage | null): void => {
      if (message === null) onEnd()
      else onMessage(message)
    }
    await this.#answered(this.channel.consume(queue.name, onGiven, { priority }))
  }

  async #answered<T>(asked: PromiseLike<T>): Promise<T> {
    const answer = await within(consumeTimeoutMs, asked)
    if (answer === undefined) throw new SilentQueue(this.#parts.queue)
    return answer.value
  }
}

export class SilentQueue extends Error {
  override readonly name = 'SilentQueue'
  constructor(readonly queue: EventQueue) {
    super(`the queue ${queue.name} did not answer for ${consumeTimeoutMs / 1000} s`)
  }
}

/** What the promise is fulfilled with in time. Rejects with it; a rejection after that is of no interest any more. */
async function within<T>(ms: number, promise: PromiseLike<T>): Promise<{ readonly value: T } | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined)
  })
  const done = Promise.resolve(promise).then((value) => ({ value }))
  done.catch(() => undefined)
  try {
    return await Promise.race([done, late])
  } finally {
    clearTimeout(timer)
  }
}
