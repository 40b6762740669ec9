import { randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'
import type { BrokerOptions, Delivery, EventQueueType } from '../broker.js'
import { endWithin, openChannel } from './connection.js'
import { Consuming, SilentQueue } from './consuming.js'
import { declareEventQueue, declareExchange, type EventQueue, onChannel, type Refusals } from './declare.js'
import { AmqpDelivery } from './delivery.js'
import { type TakingPart, takePart } from './taking-part.js'

/**
 * Messages on their way to us or not yet acknowledged: those of tasks that are held back (src/tasks/ingest.ts), of a batch that is
 * read and one that is written, and as many to come. RabbitMQ keeps the others.
 */
export const prefetch = 40_000

/** So many of them are acknowledged at once while others wait here: what RabbitMQ gives next comes in one piece as well. */
export const piece = 5000

/** Of the priorities that RabbitMQ takes, which is any integer: so many that two collectors hardly have the same. */
const priorities = 1_000_000

/** How often one that does not read alone looks at the queue, and for how long messages wait before it helps. */
const lookEveryMs = 1000
const firstLookWithinMs = 500
const patienceMs = 60_000

export interface EventConsumerOptions extends Pick<BrokerOptions, 'eventExchange' | 'eventQueue'> {
  readonly refusals: Refusals
  readonly onDelivery: (delivery: Delivery) => void
  /** Milliseconds; see taking-part.ts. */
  readonly patienceMs?: number
  /** It can't go on, though the connection may still stand. */
  readonly onBroken: (error: unknown) => void
}

/**
 * Consumes the event queue of one connection. When its channel ends or the queue is deleted it declares everything anew
 * and goes on.
 *
 * Of several collectors that share a queue one reads; the others stand by, and help while it does not keep up
 * (taking-part.ts). Those that read at the same time have priorities: RabbitMQ gives one of them all that it can take (`prefetch`)
 * and the next what is beyond, message after message, instead of each in turn. So the events of a task stay together, and are
 * written once: https://www.rabbitmq.com/docs/consumer-priority.
 */
export class EventConsumer {
  readonly #connection: ChannelModel
  readonly #options: EventConsumerOptions
  readonly #chance = randomInt(priorities)
  #takingPart: TakingPart = { part: 'stands by' }
  #lookTimer: NodeJS.Timeout | undefined
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

  get standsBy(): boolean {
    return this.#takingPart.part === 'stands by'
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
    await this.#take(channel, queue)
    if (this.#stopped) await channel.close()
  }

  async #take(channel: Channel, queue: EventQueue): Promise<void> {
    let started = false
    let ended = false
    const onEnd = (): void => {
      ended = true
      if (started) this.#restart(channel)
    }
    channel.on('close', onEnd)
    this.#channel = channel
    this.#deliveredTag = 0
    this.#acknowledgedTag = 0
    this.#kept = undefined
    this.#takingPart = { part: 'stands by' }
    const consuming = new Consuming({
      channel,
      queue,
      onEnd,
      onMessage: (message) => this.#onMessage(channel, message),
    })
    // One that goes with its consumer is nobody else's.
    if (queue.type === 'temporary') this.#takingPart = { part: 'reads' }
    // After a restart of RabbitMQ all come back together, and would all find that nobody reads.
    if (queue.existed === true) await pause(randomInt(firstLookWithinMs))
    await this.#look(consuming)
    started = true
    if (ended) throw new Error('the event queue was deleted at once')
    this.#lookAgain(consuming)
  }

  #onMessage(channel: Channel, message: ConsumeMessage): void {
    this.#deliveredTag = message.fields.deliveryTag
    this.#options.onDelivery(new AmqpDelivery(channel, message))
  }

  /** Looks at the queue, and begins to consume it or ends that, as it is then due. */
  async #look(consuming: Consuming): Promise<void> {
    const { patienceMs: patience = patienceMs } = this.#options
    const { part } = this.#takingPart
    if (part !== 'reads') this.#takingPart = takePart(this.#takingPart, await consuming.look(), patience)
    const { part: next } = this.#takingPart
    if (part === 'helps' && next === 'stands by') this.#leave(consuming.channel)
    // Whoever helps is given what is beyond that which the others can take.
    else if (next !== 'stands by') await consuming.start(this.#chance + (next === 'reads' ? priorities : 0))
  }

  /**
   * Gives back what is not acknowledged, and begins anew. Were only the consumer cancelled, what is on its way to it would belong
   * to the channel for as long as that stands.
   */
  #leave(channel: Channel): void {
    this.#acknowledgeKept(channel)
    this.#restart(channel)
  }

  #lookAgain(consuming: Consuming): void {
    if (this.#takingPart.part === 'reads') return
    const { channel } = consuming
    this.#lookTimer = setTimeout(() => {
      this.#look(consuming).then(
        () => {
          if (this.#channel === channel) this.#lookAgain(consuming)
        },
        () => this.#restart(channel),
      )
    }, lookEveryMs)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#lookTimer)
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
    clearTimeout(this.#lookTimer)
    this.#channel = undefined
    this.#goOn(channel).catch(this.#options.onBroken)
  }

  async #goOn(old: Channel): Promise<void> {
    await endWithin(old.close())
    if (!this.#stopped) await this.start()
  }
}
