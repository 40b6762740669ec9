import { randomUUID } from 'node:crypto'
import type { ChannelModel, ConfirmChannel } from 'amqplib'
import type { ControlMessage, ReplyAddress, ReplyMessage } from '../broker-link.js'
import { declareExchange } from './declare.js'
import { toWireMessage } from './wire-message.js'

const confirmTimeoutMs = 5_000

export interface ControlChannelOptions {
  readonly controlExchange: string
  readonly onReply: (message: ReplyMessage) => void
  /** It can't go on, though the connection may still stand. */
  readonly onBroken: (error: unknown) => void
}

/**
 * Sends control messages and takes replies, on a connection that nothing else uses: RabbitMQ stops reading from a
 * connection that publishes while memory or disk run short, and that must not hold up the event stream.
 */
export class ControlChannel {
  readonly replyTo: ReplyAddress
  readonly #connection: ChannelModel
  readonly #options: ControlChannelOptions
  readonly #exchange: string
  #channel: ConfirmChannel | undefined
  /** What RabbitMQ runs short of; null: nothing. */
  #blockedBecause: string | null = null

  constructor(connection: ChannelModel, options: ControlChannelOptions) {
    this.#connection = connection
    this.#options = options
    this.#exchange = `${options.controlExchange}.pidbox`
    this.replyTo = { exchange: `reply.${this.#exchange}`, routing_key: randomUUID() }
    connection.on('blocked', (reason) => {
      this.#blockedBecause = reason
    })
    connection.on('unblocked', () => {
      this.#blockedBecause = null
    })
    // One for each message in flight.
    connection.setMaxListeners(0)
  }

  async open(): Promise<void> {
    const { exchange, routing_key: oid } = this.replyTo
    const { onReply, onBroken } = this.#options
    await declareExchange(this.#connection, this.#exchange, 'fanout', false)
    await declareExchange(this.#connection, exchange, 'direct', false)
    const channel = await this.#connection.createConfirmChannel()
    channel.on('error', onBroken)
    // Later, so that where the connection is lost its own reason comes first.
    channel.on('close', () => queueMicrotask(() => onBroken(new Error('the control channel was closed'))))
    const queue = `${oid}.${exchange}`
    await channel.assertQueue(queue, { exclusive: true, autoDelete: true, durable: false })
    await channel.bindQueue(queue, exchange, oid)
    await channel.consume(
      queue,
      (message) => {
        if (message === null) onBroken(new Error('the reply queue was deleted'))
        else onReply(toWireMessage(message))
      },
      { noAck: true },
    )
    this.#channel = channel
  }

  /** Takes what is broadcast to the workers, in a queue that goes with the connection. */
  async listen(onMessage: (message: ReplyMessage) => void): Promise<void> {
    const channel = this.#opened()
    const queue = `crisper.${this.replyTo.routing_key}.${this.#exchange}`
    await channel.assertQueue(queue, { exclusive: true, autoDelete: true, durable: false })
    await channel.bindQueue(queue, this.#exchange, '')
    await channel.consume(
      queue,
      (message) => {
        if (message === null) this.#options.onBroken(new Error('the control queue was deleted'))
        else onMessage(toWireMessage(message))
      },
      { noAck: true },
    )
  }

  /** Broadcasts. Resolves once RabbitMQ has confirmed the message. */
  send(message: ControlMessage): Promise<void> {
    return this.publish(this.#exchange, '', message)
  }

  /** Resolves once RabbitMQ has confirmed the message. */
  async publish(exchange: string, routingKey: string, { body, headers }: ControlMessage): Promise<void> {
    const channel = this.#opened()
    if (this.#blockedBecause !== null) throw blocked(this.#blockedBecause)
    await new Promise<void>((resolve, reject) => {
      const onBlocked = (reason: string): void => settle(blocked(reason))
      const timer = setTimeout(() => settle(new Error('it did not confirm the message')), confirmTimeoutMs)
      const settle = (error: unknown): void => {
        clearTimeout(timer)
        this.#connection.off('blocked', onBlocked)
        if (error === null) resolve()
        else reject(error)
      }
      this.#connection.on('blocked', onBlocked)
      const properties = { contentType: 'application/json', contentEncoding: 'utf-8', persistent: true }
      channel.publish(
        exchange,
        routingKey,
        Buffer.from(JSON.stringify(body)),
        { ...properties, headers, priority: 0 },
        settle,
      )
    })
  }

  #opened(): ConfirmChannel {
    if (this.#channel === undefined) throw new Error('the control channel is not open')
    return this.#channel
  }
}

function blocked(reason: string): Error {
  return new Error(`it takes no messages now (${reason}): free memory or disk there`)
}
