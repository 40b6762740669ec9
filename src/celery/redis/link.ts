import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { BrokerOptions, Delivery, MalformedMessage, QueueLength, WireMessage } from '../broker.js'
import type { BrokerLink, ControlMessage, LinkEvents, ReplyAddress, ReplyMessage } from '../broker-link.js'
import type { RedisUrl, SentinelUrl } from '../broker-url.js'
import { BrokerUnreachable, Malformed, QueueUnreadable } from '../errors.js'
import { makeEnvelope, parseEnvelope } from '../messages.js'
import type { QueueMessages } from '../queue-messages.js'
import { Bindings } from './bindings.js'
import { connectRedis, openRedis, subscribePatterns, toUnreachable } from './client.js'
import { type RedisNames, redisNames } from './names.js'
import { queueLengths } from './queue-lengths.js'
import { RedisQueueMessages } from './queue-messages.js'

/** Seconds that BRPOP waits before it is sent again; a dead connection shows when its answer is overdue. */
const popSeconds = 20
const pingEveryMs = 5000
/** Pings in a row without an answer after which a connection is dead. */
const mostMissedPings = 3
const sampleLength = 200
/** Milliseconds in which a Redis that is there answers a ping. */
const stillAnswersMs = 2000

/**
 * Connects to one Redis (or the master that the sentinels name): one connection for commands, one that subscribes, one
 * that waits for replies. The loss of any is the loss of the link.
 */
export async function openRedisLink(
  url: RedisUrl | SentinelUrl,
  options: BrokerOptions,
  events: LinkEvents,
): Promise<BrokerLink> {
  const commands = openRedis(url, options)
  const subscriber = openRedis(url, options)
  const replies = openRedis(url, { ...options, commandTimeoutMs: (popSeconds + 10) * 1000 })
  const clients = [commands, subscriber, replies]
  try {
    for (const client of clients) await connectRedis(client)
  } catch (error) {
    for (const client of clients) client.disconnect()
    throw error
  }
  return new RedisLink({ commands, subscriber, replies }, redisNames(url, options), events)
}

interface Clients {
  readonly commands: Redis
  readonly subscriber: Redis
  readonly replies: Redis
}

class RedisLink implements BrokerLink {
  readonly eventQueueType = null
  readonly eventQueueExisted = null
  readonly standsBy = false
  readonly replyTo: ReplyAddress
  readonly messages: QueueMessages
  readonly #clients: Clients
  readonly #names: RedisNames
  readonly #events: LinkEvents
  /** Name of the reply queue, also its routing key up to the first dot. */
  readonly #replyQueue: string
  readonly #pingTimer: NodeJS.Timeout
  readonly #bindings: Bindings
  #missedPings = 0
  /** When the last ping was sent that was answered on the connection that reads events. */
  #heardUntil = new Date()
  /** When the last event was read. */
  #readAt = new Date(0)
  #awaitingReplies = 0
  #ended = false
  /** The events of workers are read among all others. */
  #needsEvents = false
  #endSubscription: (() => Promise<void>) | undefined

  constructor(clients: Clients, names: RedisNames, events: LinkEvents) {
    this.#clients = clients
    this.#names = names
    this.#events = events
    this.#bindings = new Bindings(names)
    this.messages = new RedisQueueMessages(names, (run) => this.#command(run))
    const oid = randomUUID()
    this.replyTo = { exchange: names.replyExchange, routing_key: oid }
    this.#replyQueue = `${oid}.${names.replyExchange}`
    for (const client of Object.values(clients)) {
      client.on('close', () => this.#lose(client, new Error('the connection was closed')))
    }
    this.#pingTimer = setInterval(() => void this.#ping(), pingEveryMs)
    void this.#takeReplies()
  }

  /** Redis drops a subscriber that reads too slowly, so each message is handed on at once. */
  async subscribe(onDelivery: (delivery: Delivery) => void): Promise<void> {
    const { subscriber } = this.#clients
    const patterns = new Set(this.#names.eventPatterns)
    const listener = (pattern: string, _channel: Buffer, payload: Buffer): void => {
      if (!patterns.has(String(pattern))) return
      const delivery = new RedisDelivery(payload)
      this.#readAt = delivery.arrivedAt
      onDelivery(delivery)
    }
    subscriber.on('pmessageBuffer', listener)
    try {
      const endPatterns = await subscribePatterns(subscriber, this.#names.eventPatterns)
      this.#heardUntil = new Date()
      this.#endSubscription = async () => {
        subscriber.off('pmessageBuffer', listener)
        if (!this.#needsEvents) await endPatterns()
      }
    } catch (error) {
      subscriber.off('pmessageBuffer', listener)
      throw toUnreachable(subscriber, error)
    }
  }

  async unsubscribe(): Promise<void> {
    const end = this.#endSubscription
    this.#endSubscription = undefined
    await end?.()
  }

  async listenToWorkers(onDelivery: (delivery: Delivery) => void): Promise<void> {
    const { subscriber } = this.#clients
    const { workerPatterns, eventPatterns } = this.#names
    const patterns = new Set(workerPatterns)
    this.#needsEvents = eventPatterns.some((pattern) => patterns.has(pattern))
    subscriber.on('pmessageBuffer', (pattern: string, _channel: Buffer, payload: Buffer) => {
      // Without a channel of their own they are looked for among all events; each names its routing key.
      if (patterns.has(String(pattern)) && payload.includes('worker.')) onDelivery(new RedisDelivery(payload))
    })
    try {
      await subscribePatterns(subscriber, workerPatterns)
    } catch (error) {
      throw toUnreachable(subscriber, error)
    }
  }

  acknowledge(): void {
    // What Redis has published it has forgotten.
  }

  /** Without this binding workers drop their replies silently. */
  async bindReplies(): Promise<void> {
    this.#awaitingReplies += 1
    try {
      await this.#command((redis) => redis.sadd(this.#names.replyBindings, this.#replyBinding))
    } catch (error) {
      this.#awaitingReplies -= 1
      throw error
    }
  }

  async unbindReplies(): Promise<void> {
    this.#awaitingReplies -= 1
    if (this.#awaitingReplies === 0) await this.#removeReplyQueue()
  }

  async sendControl({ body, headers }: ControlMessage): Promise<void> {
    const { controlExchange, controlChannels } = this.#names
    const envelope = makeEnvelope({ body, headers, exchange: controlExchange, routingKey: '' })
    for (const channel of controlChannels) {
      await this.#command((redis) => redis.publish(channel, envelope))
    }
  }

  async listenToControl(onMessage: (message: ReplyMessage) => void): Promise<void> {
    const { subscriber } = this.#clients
    const patterns = new Set(this.#names.controlPatterns)
    subscriber.on('pmessageBuffer', (pattern: string, _channel: Buffer, payload: Buffer) => {
      if (!patterns.has(String(pattern))) return
      const message = new RedisDelivery(payload).open()
      if (message.ok) onMessage(message)
    })
    try {
      await subscribePatterns(subscriber, this.#names.controlPatterns)
    } catch (error) {
      throw toUnreachable(subscriber, error)
    }
  }

  /** To the list that the asker waits at; kombu names it after its routing key and the exchange. */
  async sendReply(
    { exchange, routing_key: routingKey }: ReplyAddress,
    message: ControlMessage,
  ): Promise<void> {
    const envelope = makeEnvelope({ ...message, exchange, routingKey })
    await this.#command((redis) => redis.lpush(this.#names.key(`${routingKey}.${exchange}`), envelope))
  }

  queueLengths(queues: readonly string[]): Promise<QueueLength[]> {
    return this.#command((redis) => queueLengths(redis, this.#names, queues))
  }

  boundQueues(most: number): Promise<string[]> {
    return this.#command((redis) => this.#bindings.queues(redis, most))
  }

  async close(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    clearInterval(this.#pingTimer)
    if (this.#awaitingReplies > 0) await this.#removeReplyQueue().catch(() => undefined)
    this.#disconnect()
  }

  get #replyBinding(): string {
    return this.#names.binding(this.replyTo.routing_key, this.#replyQueue)
  }

  async #removeReplyQueue(): Promise<void> {
    await this.#command((redis) =>
      Promise.all([
        redis.srem(this.#names.replyBindings, this.#replyBinding),
        redis.del(this.#names.key(this.#replyQueue)),
      ]),
    )
  }

  async #takeReplies(): Promise<void> {
    const { replies } = this.#clients
    const key = this.#names.key(this.#replyQueue)
    try {
      while (!this.#ended) {
        const popped = await replies.brpopBuffer(key, popSeconds)
        const reply = popped === null ? undefined : new RedisDelivery(popped[1]).open()
        if (reply?.ok) this.#events.onReply(reply)
      }
    } catch (error) {
      this.#lose(replies, error)
    }
  }

  async #command<T>(run: (redis: Redis) => Promise<T>): Promise<T> {
    const { commands } = this.#clients
    try {
      return await run(commands)
    } catch (error) {
      if (error instanceof QueueUnreadable) throw error
      throw toUnreachable(commands, error)
    }
  }

  /**
   * Finds a connection that died without a word. An unanswered ping may be our own stall (the timer then fires before
   * the answer is read), several in a row are not.
   */
  async #ping(): Promise<void> {
    const { commands } = this.#clients
    try {
      await Promise.all([commands.ping(), this.#pingSubscriber()])
      this.#missedPings = 0
    } catch (error) {
      this.#missedPings += 1
      if (this.#missedPings === mostMissedPings) this.#lose(commands, error)
    }
  }

  /**
   * Redis answers behind the events that wait for us: when it does, all that was published before we asked has come.
   * Where that takes long, those that come show that the connection lives.
   */
  async #pingSubscriber(): Promise<void> {
    const at = new Date()
    try {
      await this.#clients.subscriber.ping()
      this.#heardUntil = at
    } catch (error) {
      if (this.#readAt < at) throw error
    }
  }

  #lose(client: Redis, error: unknown): void {
    if (this.#ended) return
    this.#ended = true
    clearInterval(this.#pingTimer)
    void this.#tellLost(client, toUnreachable(client, error))
  }

  async #tellLost(client: Redis, error: BrokerUnreachable): Promise<void> {
    const dropped = client === this.#clients.subscriber && (await this.#stillAnswers())
    this.#disconnect()
    this.#events.onLost(dropped ? droppedBy(error) : error, this.#heardUntil)
  }

  /** Redis closes only the connection of a subscriber that falls behind (`client-output-buffer-limit pubsub`). */
  async #stillAnswers(): Promise<boolean> {
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, stillAnswersMs, false))
    const answered = this.#clients.commands.ping().then(
      () => true,
      () => false,
    )
    return await Promise.race([answered, late])
  }

  #disconnect(): void {
    for (const client of Object.values(this.#clients)) client.disconnect()
  }
}

function droppedBy(error: BrokerUnreachable): BrokerUnreachable {
  return new BrokerUnreachable(
    `${error.message} Redis itself answers: it closed only the connection that reads events, as it does when that falls ` +
      'behind its client-output-buffer-limit for pubsub.',
    'dropped',
    { cause: error },
  )
}

class RedisDelivery implements Delivery {
  readonly arrivedAt = new Date()
  readonly #payload: Buffer

  constructor(payload: Buffer) {
    this.#payload = payload
  }

  get size(): number {
    return this.#payload.length
  }

  open(): WireMessage | MalformedMessage {
    const { arrivedAt } = this
    try {
      const { body, contentType, contentEncoding, headers } = parseEnvelope(this.#payload)
      return { ok: true, body, contentType, contentEncoding, headers, arrivedAt }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      const sample = this.#payload.subarray(0, sampleLength).toString('utf8').slice(0, sampleLength)
      return { ok: false, problem: error, sample, arrivedAt }
    }
  }
}
