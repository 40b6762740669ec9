import { randomInt } from 'node:crypto'
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'
import type { BrokerOptions, Delivery, EventQueueType } from '../broker.js'
import { endWithin, openChannel } from './connection.js'
import { declareEventQueue, declareExchange, type EventQueue, onChannel, type Refusals } from './declare.js'
import { AmqpDelivery } from './delivery.js'

/** Messages on their way to us or not yet acknowledged: two batches, one read and one written. RabbitMQ keeps the others. */
const prefetch = 20_000

/** So many of them are acknowledged at once while others wait here: what RabbitMQ gives next comes in one piece as well. */
const piece = prefetch / 2

/** Of the priorities that RabbitMQ takes, which is any integer: so many that two collectors hardly have the same. */
const priorities = 1_000_000

/** A queue that doesn't answer for so long has no leader, and will get none. */
const consumeTimeoutMs = 10_000

export interface EventConsumerOptions extends Pick<BrokerOptions, 'eventExchange' | 'eventQueue'> {
  readonly refusals: Refusals
  readonly onDelivery: (delivery: Delivery) => void
  /** It can't go on, though the connection may still stand. */
  readonly onBroken: (error: unknown) => void
}

/**
 * Consumes the event queue of one connection. When its channel ends or the queue is deleted it declares everything anew
 * and goes on.
 *
 * Collectors that share a queue have priorities, by chance: RabbitMQ gives one of them all that it can take (`prefetch`) and the
 * next what is beyond, message after message, instead of each in turn. So the events of a task stay together, and are written
 * once: https://www.rabbitmq.com/docs/consumer-priority.
 */
export class EventConsumer {
  readonly #connection: ChannelModel
  readonly #options: EventConsumerOptions
  readonly #priority = randomInt(priorities)
  #channel: Channel | undefined
  /** RabbitMQ numbers what it gives to a channel from 1 on. */
  #deliveredTag = 0
  #acknowledgedTag = 0
  /** What is kept, though not acknowledged yet. */
  #kept: ConsumeMessage | undefined
  #stopped = false
  #queueType: EventQueueType | null = null
  #queueExisted: boolean | null = null

  constructor(connection: ChannelModel, options: EventConsumerOptions) {
    this.#connection = connection
    this.#options = options
  }

  get queueType(): EventQueueType | null {
    return this.#queueType
  }

  get queueExisted(): boolean | null {
    return this.#queueExisted
  }

  async start(): Promise<void> {
    try {
      await this.#start()
    } catch (error) {
      if (error instanceof SilentQueue) await this.#giveUp(error)
      throw error
    }
  }

  /**
   * A quorum queue that is younger than a few minutes when RabbitMQ is killed can come back without a leader (seen with
   * 3.10): it says that it is empty and never answers. Deleted, it can be declared anew, but on another connection:
   * the channel that waits for an answer is told of its end, and takes this one down.
   */
  async #giveUp(silent: SilentQueue): Promise<void> {
    try {
      if (silent.queue.type === 'quorum') await this.#deleteEmpty(silent.queue)
    } finally {
      this.#options.onBroken(silent)
    }
  }

  /** RabbitMQ takes no `if-empty` with quorum queues, so this asks before. */
  async #deleteEmpty(queue: EventQueue): Promise<void> {
    await onChannel(this.#connection, async (channel) => {
      const { messageCount } = await channel.checkQueue(queue.name)
      if (messageCount === 0) await channel.deleteQueue(queue.name)
    })
  }

  async #start(): Promise<void> {
    const { eventExchange, eventQueue, refusals } = this.#options
    await declareExchange(this.#connection, eventExchange, 'topic', true)
    const queue = await declareEventQueue(this.#connection, eventQueue, refusals)
    this.#queueType = queue.type
    this.#queueExisted = queue.existed
    const channel = await openChannel(this.#connection)
    await channel.bindQueue(queue.name, eventExchange, '#')
    await channel.prefetch(prefetch)
    await this.#consume(channel, queue)
    if (this.#stopped) await channel.close()
  }

  async #consume(channel: Channel, queue: EventQueue): Promise<void> {
    const { onDelivery } = this.#options
    const life = { started: false, ended: false }
    const onEnd = (): void => {
      life.ended = true
      if (life.started) this.#restart(channel)
    }
    channel.on('close', onEnd)
    this.#channel = channel
    this.#deliveredTag = 0
    this.#acknowledgedTag = 0
    this.#kept = undefined
    const onMessage = (message: ConsumeMessage | null): void => {
      if (message !== null) {
        this.#deliveredTag = message.fields.deliveryTag
        onDelivery(new AmqpDelivery(channel, message))
        return
      }
      // The queue was deleted.
      onEnd()
    }
    const consuming = channel.consume(queue.name, onMessage, { priority: this.#priority })
    if (!(await isDoneWithin(consumeTimeoutMs, consuming))) throw new SilentQueue(queue)
    life.started = true
    if (life.ended) throw new Error('the event queue was deleted at once')
  }

  async stop(): Promise<void> {
    this.#stopped = true
    const channel = this.#channel
    if (channel !== undefined) this.#acknowledgeKept(channel)
    this.#channel = undefined
    // What is not acknowledged goes back to the queue.
    await channel?.close()
  }

  acknowledge(last: Delivery): void {
    const channel = this.#channel
    if (channel === undefined || !(last instanceof AmqpDelivery)) return
    const message = last.messageOf(channel)
    if (message === undefined) return
    this.#kept = message
    if (this.#deliveredTag - message.fields.deliveryTag <= prefetch - piece) this.#acknowledgeKept(channel)
  }

  #acknowledgeKept(channel: Channel): void {
    const message = this.#kept
    // RabbitMQ closes a channel that acknowledges something twice.
    if (message === undefined || message.fields.deliveryTag <= this.#acknowledgedTag) return
    this.#acknowledgedTag = message.fields.deliveryTag
    channel.ack(message, true)
  }

  #restart(channel: Channel): void {
    if (this.#stopped || this.#channel !== channel) return
    this.#channel = undefined
    this.#goOn(channel).catch(this.#options.onBroken)
  }

  async #goOn(old: Channel): Promise<void> {
    await endWithin(old.close())
    if (!this.#stopped) await this.start()
  }
}

class SilentQueue extends Error {
  override readonly name = 'SilentQueue'
  constructor(readonly queue: EventQueue) {
    super(`the queue ${queue.name} did not answer for ${consumeTimeoutMs / 1000} s`)
  }
}

/** Whether the promise is fulfilled in time. Rejects with it; a rejection after that is of no interest any more. */
async function isDoneWithin(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false)
  })
  const done = promise.then(() => true)
  done.catch(() => undefined)
  try {
    return await Promise.race([done, late])
  } finally {
    clearTimeout(timer)
  }
}
