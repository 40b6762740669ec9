import type { Delivery, EventQueueType, QueueLength, WireMessage } from './broker.js'
import type { QueueMessages } from './queue-messages.js'

/**
 * One live connection to one broker server, without any reconnecting: what `redis/link.ts` and `amqp/link.ts` implement
 * and `LastingBroker` keeps up. Once lost it stays lost. Every method rejects with BrokerUnreachable when it can't do
 * its work.
 */
export interface BrokerLink {
  /** Where the workers send replies to, as the field `reply_to` of a control message. */
  readonly replyTo: ReplyAddress
  /** What collects events on RabbitMQ; null on Redis and without a subscription. */
  readonly eventQueueType: EventQueueType | null
  /** Whether it was there before; null as above. */
  readonly eventQueueExisted: boolean | null
  /** Another collector reads what collects events on RabbitMQ. */
  readonly standsBy: boolean

  /** Starts the event stream; at most once at a time. */
  subscribe(onDelivery: (delivery: Delivery) => void): Promise<void>
  unsubscribe(): Promise<void>
  /** Ignores deliveries that are not (or no longer) its own. */
  acknowledge(last: Delivery): void

  /** Hands on what workers say of themselves, from now on. At most once. */
  listenToWorkers(onDelivery: (delivery: Delivery) => void): Promise<void>

  /** Has replies arrive until `unbindReplies`. Calls may overlap; each is undone by one `unbindReplies`. */
  bindReplies(): Promise<void>
  unbindReplies(): Promise<void>
  /** Resolves once the broker has the message. */
  sendControl(message: ControlMessage): Promise<void>

  /** Hands on what is broadcast to the workers, from now on. At most once. */
  listenToControl(onMessage: (message: ReplyMessage) => void): Promise<void>
  /** Answers a broadcast at the address in its `reply_to`. */
  sendReply(to: ReplyAddress, message: ControlMessage): Promise<void>

  readonly messages: QueueMessages
  queueLengths(queues: readonly string[]): Promise<QueueLength[]>
  boundQueues(most: number): Promise<string[]>
  close(): Promise<void>
}

export interface ReplyAddress {
  readonly exchange: string
  readonly routing_key: string
}

/** What a worker's mailbox takes (`kombu.pidbox.Node.handle_message`); always sent as JSON. */
export interface ControlMessage {
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, unknown>>
}

/** A message of the reply queue; its ticket is in the headers. */
export type ReplyMessage = Pick<WireMessage, 'body' | 'contentType' | 'contentEncoding' | 'headers'>

export interface LinkEvents {
  readonly onReply: (message: ReplyMessage) => void
  /**
   * Told once, when the connection is lost; not after `close`. Events that were published before `heardUntil` have come;
   * left out where nothing waits unread for long.
   */
  readonly onLost: (error: Error, heardUntil?: Date) => void
}

/** Connects to one URL of a fail-over list. Rejects with BrokerUnreachable. */
export type OpenLink = (events: LinkEvents) => Promise<BrokerLink>
