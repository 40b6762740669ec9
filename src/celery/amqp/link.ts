import type { ChannelModel } from 'amqplib'
import type { BrokerOptions, Delivery, EventQueueType, QueueLength } from '../broker.js'
import type {
  BrokerLink,
  ControlMessage,
  LinkEvents,
  OpenLink,
  ReplyAddress,
  ReplyMessage,
} from '../broker-link.js'
import type { AmqpUrl } from '../broker-url.js'
import { QueueUnreadable } from '../errors.js'
import type { QueueMessages } from '../queue-messages.js'
import { closeConnection, endWithin, openConnection, toUnreachable } from './connection.js'
import { ControlChannel } from './control-channel.js'
import type { Refusals } from './declare.js'
import { EventConsumer } from './event-consumer.js'
import { QueueReader } from './queue-lengths.js'
import { AmqpQueueMessages } from './queue-messages.js'
import { consumeWorkerEvents } from './worker-events.js'

/** Opens links to one RabbitMQ: one connection that only consumes, one for remote control; for queues and for what is in them one each, when first needed. */
export function amqpLinks(url: AmqpUrl, options: BrokerOptions): OpenLink {
  const refusals: Refusals = { quorumQueues: false }
  return async (events) => {
    const consuming = await openConnection(url, 'crisper events')
    try {
      const controlling = await openConnection(url, 'crisper control')
      const link = new AmqpLink({ consuming, controlling }, { url, options, events, refusals })
      await link.open()
      return link
    } catch (error) {
      await closeConnection(consuming)
      throw error
    }
  }
}

interface Connections {
  readonly consuming: ChannelModel
  readonly controlling: ChannelModel
}

interface Context {
  readonly url: AmqpUrl
  readonly options: BrokerOptions
  readonly events: LinkEvents
  readonly refusals: Refusals
}

class AmqpLink implements BrokerLink {
  readonly #connections: Connections
  readonly #context: Context
  readonly #control: ControlChannel
  readonly #queues: QueueReader
  readonly #messages: AmqpQueueMessages
  readonly messages: QueueMessages
  #consumer: EventConsumer | undefined
  #ended = false
  /** Why the connection was lost: calls in flight only learn that their channel ended. */
  #lossReason: unknown

  constructor(connections: Connections, context: Context) {
    this.#connections = connections
    this.#context = context
    const onBroken = (error: unknown): void => this.#lose(error)
    for (const connection of Object.values(connections)) {
      connection.on('close', (error?: Error) => this.#lose(error ?? new Error('the connection was closed')))
    }
    this.#queues = new QueueReader(() => openConnection(context.url, 'crisper queues'))
    this.#messages = new AmqpQueueMessages(() => openConnection(context.url, 'crisper messages'))
    this.messages = {
      peek: (...asked) => this.#run(() => this.#messages.peek(...asked)),
      unseen: () => this.#messages.unseen(),
      oldest: () => this.#messages.oldest(),
      drain: (...asked) => this.#run(() => this.#messages.drain(...asked)),
    }
    this.#control = new ControlChannel(connections.controlling, {
      controlExchange: context.options.controlExchange,
      onReply: context.events.onReply,
      onBroken,
    })
  }

  get replyTo(): ReplyAddress {
    return this.#control.replyTo
  }

  get eventQueueType(): EventQueueType | null {
    return this.#consumer?.queueType ?? null
  }

  get eventQueueExisted(): boolean | null {
    return this.#consumer?.queueExisted ?? null
  }

  get standsBy(): boolean {
    return this.#consumer?.standsBy ?? false
  }

  /** Must succeed before anything else is called. */
  async open(): Promise<void> {
    try {
      await this.#run(() => this.#control.open())
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async subscribe(onDelivery: (delivery: Delivery) => void): Promise<void> {
    const { options, refusals } = this.#context
    const { eventExchange, eventQueue } = options
    const onBroken = (error: unknown): void => this.#lose(error)
    const consumer = new EventConsumer(this.#connections.consuming, {
      eventExchange,
      eventQueue,
      refusals,
      onDelivery,
      onBroken,
    })
    this.#consumer = consumer
    await this.#run(() => consumer.start())
  }

  async unsubscribe(): Promise<void> {
    const consumer = this.#consumer
    this.#consumer = undefined
    // Without a connection the consumer has ended by itself.
    await consumer?.stop().catch(() => undefined)
  }

  acknowledge(last: Delivery): void {
    if (!this.#ended) this.#consumer?.acknowledge(last)
  }

  listenToWorkers(onDelivery: (delivery: Delivery) => void): Promise<void> {
    const { eventExchange } = this.#context.options
    const onBroken = (error: unknown): void => this.#lose(error)
    return this.#run(() =>
      consumeWorkerEvents(this.#connections.consuming, { eventExchange, onDelivery, onBroken }),
    )
  }

  async bindReplies(): Promise<void> {
    // The reply queue is there as long as the connection.
  }

  async unbindReplies(): Promise<void> {
    // See bindReplies.
  }

  sendControl(message: ControlMessage): Promise<void> {
    return this.#run(() => this.#control.send(message))
  }

  listenToControl(onMessage: (message: ReplyMessage) => void): Promise<void> {
    return this.#run(() => this.#control.listen(onMessage))
  }

  sendReply(to: ReplyAddress, message: ControlMessage): Promise<void> {
    return this.#run(() => this.#control.publish(to.exchange, to.routing_key, message))
  }

  queueLengths(queues: readonly string[]): Promise<QueueLength[]> {
    return this.#run(() => this.#queues.lengths(queues))
  }

  async boundQueues(): Promise<string[]> {
    // Only its management could tell.
    return []
  }

  async close(): Promise<void> {
    // The end of a connection overtakes acknowledgements that are on their way; the end of their channel does not.
    if (!this.#ended) await endWithin(this.unsubscribe())
    this.#ended = true
    const { consuming, controlling } = this.#connections
    await Promise.all([
      closeConnection(consuming),
      closeConnection(controlling),
      this.#queues.close(),
      this.#messages.close(),
    ])
  }

  async #run<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation()
    } catch (error) {
      if (error instanceof QueueUnreadable) throw error
      throw toUnreachable(this.#context.url, this.#lossReason ?? error)
    }
  }

  #lose(error: unknown): void {
    if (this.#ended) return
    this.#lossReason = error
    this.#ended = true
    this.#context.events.onLost(toUnreachable(this.#context.url, error))
  }
}
