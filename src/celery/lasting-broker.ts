import { randomUUID } from 'node:crypto'
import type {
  BroadcastOptions,
  Broker,
  BrokerStatus,
  ControlCommand,
  ControlReply,
  Delivery,
  QueueLength,
  Subscription,
} from './broker.js'
import type { BrokerLink, ControlMessage, OpenLink, ReplyAddress } from './broker-link.js'
import { ConnectionKeeper } from './connection-keeper.js'
import { askedHello, helloReply } from './mingle.js'
import type { QueueMessages } from './queue-messages.js'
import { ReplyCollector } from './reply-collector.js'

export interface LastingBrokerOptions {
  readonly kind: Broker['kind']
  readonly maskedUrl: string
  /** One for each URL of the fail-over list. */
  readonly openers: readonly OpenLink[]
}

/** The Broker over links that come and go: puts the subscription back on each new one and sorts replies. */
export class LastingBroker implements Broker {
  readonly kind: Broker['kind']
  readonly maskedUrl: string
  readonly messages: QueueMessages
  readonly #keeper: ConnectionKeeper<BrokerLink>
  readonly #replies = new ReplyCollector()
  #onDelivery: ((delivery: Delivery) => void) | undefined
  #onWorkerDelivery: ((delivery: Delivery) => void) | undefined
  #revoked: (() => readonly string[]) | undefined

  constructor({ kind, maskedUrl, openers }: LastingBrokerOptions) {
    this.kind = kind
    this.maskedUrl = maskedUrl
    // Async: what can't be done without a connection rejects.
    this.messages = {
      peek: async (...asked) => this.#connected().messages.peek(...asked),
      unseen: async (...asked) => this.#connected().messages.unseen(...asked),
      oldest: async (...asked) => this.#connected().messages.oldest(...asked),
      drain: async (...asked) => this.#connected().messages.drain(...asked),
    }
    this.#keeper = new ConnectionKeeper({
      maskedUrl,
      openers: openers.map(
        (open) => (onLost) =>
          open({
            onReply: (message) => this.#replies.take(message),
            onLost: (error, heardUntil) => {
              this.#replies.endAll()
              onLost(error, heardUntil)
            },
          }),
      ),
      prepare: async (link) => {
        await this.#listenForHello(link)
        if (this.#onWorkerDelivery !== undefined) await link.listenToWorkers(this.#onWorkerDelivery)
        await this.#resubscribe(link)
      },
    })
  }

  get status(): BrokerStatus {
    return this.#keeper.status
  }

  connect(): Promise<void> {
    return this.#keeper.connect()
  }

  onStatus(listener: (status: BrokerStatus) => void): () => void {
    return this.#keeper.onStatus(listener)
  }

  async subscribe(onDelivery: (delivery: Delivery) => void): Promise<Subscription> {
    if (this.#onDelivery !== undefined) throw new Error('the event stream has a subscriber already')
    const link = this.#connected()
    const keeper = this.#keeper
    this.#onDelivery = onDelivery
    const stop = async (): Promise<void> => {
      this.#onDelivery = undefined
      await keeper.link?.unsubscribe()
    }
    try {
      await link.subscribe(onDelivery)
    } catch (error) {
      if (!(await this.#hasNewLink(link))) {
        await stop()
        throw error
      }
    }
    return {
      get queueType() {
        return keeper.link?.eventQueueType ?? null
      },
      get queueExisted() {
        return keeper.link?.eventQueueExisted ?? null
      },
      get standsBy() {
        return keeper.link?.standsBy ?? false
      },
      acknowledge: (last) => keeper.link?.acknowledge(last),
      stop,
    }
  }

  async listenToWorkers(onDelivery: (delivery: Delivery) => void): Promise<void> {
    if (this.#onWorkerDelivery !== undefined) throw new Error('somebody listens to the workers already')
    this.#onWorkerDelivery = onDelivery
    await this.#keeper.link?.listenToWorkers(onDelivery)
  }

  async broadcast(command: ControlCommand, options: BroadcastOptions): Promise<ControlReply[]> {
    options.signal?.throwIfAborted()
    // To a worker an empty list is as good as none: it would obey (`kombu.pidbox.Node.handle_message`).
    if (command.destination?.length === 0) return []
    const link = this.#connected()
    if (options.timeoutMs > 0) return this.#ask(link, command, options)
    await link.sendControl(controlMessage(command))
    return []
  }

  async shareRevoked(revoked: () => readonly string[]): Promise<void> {
    const isFirst = this.#revoked === undefined
    this.#revoked = revoked
    const { link } = this.#keeper
    if (isFirst && link !== undefined) await this.#listenForHello(link)
  }

  async queueLengths(queues: readonly string[]): Promise<QueueLength[]> {
    const link = this.#connected()
    return queues.length === 0 ? [] : link.queueLengths(queues)
  }

  async boundQueues(most: number): Promise<string[]> {
    return this.#connected().boundQueues(most)
  }

  async close(): Promise<void> {
    this.#onDelivery = undefined
    this.#replies.endAll()
    await this.#keeper.close()
  }

  async #ask(link: BrokerLink, command: ControlCommand, options: BroadcastOptions): Promise<ControlReply[]> {
    const expected = options.expected ?? command.destination?.length
    const ticket = randomUUID()
    const replies = this.#replies.open(ticket, {
      ...options,
      ...(expected === undefined ? {} : { expected }),
    })
    try {
      await link.bindReplies()
      try {
        await link.sendControl(controlMessage(command, { ticket, replyTo: link.replyTo }))
        return await replies.until(options)
      } finally {
        // When the connection is lost there is nothing left to undo.
        await link.unbindReplies().catch(() => undefined)
      }
    } finally {
      replies.end()
    }
  }

  async #listenForHello(link: BrokerLink): Promise<void> {
    if (this.#revoked === undefined) return
    await link.listenToControl((message) => {
      const from = askedHello(message)
      const ids = from === undefined ? [] : (this.#revoked?.() ?? [])
      if (from === undefined || ids.length === 0) return
      // It could not be told: then the stop is sent again when the worker is online.
      link.sendReply(from.replyTo, helloReply(from.ticket, ids)).catch(() => undefined)
    })
  }

  async #resubscribe(link: BrokerLink): Promise<void> {
    if (this.#onDelivery === undefined) return
    await link.subscribe(this.#onDelivery)
    if (this.#onDelivery === undefined) await link.unsubscribe()
  }

  /** Whether that link was lost and there is another one, which then came with the subscription. */
  async #hasNewLink(old: BrokerLink): Promise<boolean> {
    if (this.#keeper.link === old) return false
    try {
      await this.#keeper.connect()
      return true
    } catch {
      return false
    }
  }

  #connected(): BrokerLink {
    const { link } = this.#keeper
    if (link === undefined) throw this.#keeper.unreachable()
    return link
  }
}

function controlMessage(
  { method, arguments: args, destination }: ControlCommand,
  reply?: { readonly ticket: string; readonly replyTo: ReplyAddress },
): ControlMessage {
  return {
    body: {
      method,
      arguments: args,
      destination: destination ?? null,
      pattern: null,
      matcher: null,
      // Without a reply address a worker doesn't reply.
      ...(reply && { ticket: reply.ticket, reply_to: reply.replyTo }),
    },
    // Workers advance their logical clock to ours, so it stays at the bottom. 0: the command never expires.
    headers: { clock: 0, expires: 0 },
  }
}
