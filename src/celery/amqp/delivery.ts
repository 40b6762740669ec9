import type { Channel, ConsumeMessage } from 'amqplib'
import type { Delivery, WireMessage } from '../broker.js'
import { toWireMessage } from './wire-message.js'

/** Knows the channel that it came by, since a delivery can be acknowledged there only. */
export class AmqpDelivery implements Delivery {
  readonly arrivedAt = new Date()
  readonly #channel: Channel
  readonly #message: ConsumeMessage

  constructor(channel: Channel, message: ConsumeMessage) {
    this.#channel = channel
    this.#message = message
  }

  get size(): number {
    return this.#message.content.length
  }

  open(): WireMessage {
    return { ok: true, ...toWireMessage(this.#message), arrivedAt: this.arrivedAt }
  }

  /** undefined where it came by another channel. */
  messageOf(channel: Channel): ConsumeMessage | undefined {
    return channel === this.#channel ? this.#message : undefined
  }
}
