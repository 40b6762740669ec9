import type { Malformed } from './errors.js'
import type { QueueMessages } from './queue-messages.js'

/**
 * What Crisper needs from a message broker, whatever its kind: the event stream, broadcast with replies,
 * and queue lengths. `openBroker` gives one; it is a `LastingBroker` over the links of `redis/` and `amqp/`.
 */
export interface Broker {
  readonly kind: 'redis' | 'amqp'
  /** For people and logs: passwords are replaced by `**`. */
  readonly maskedUrl: string
  readonly status: BrokerStatus
  /** What waits in the queues, message by message. */
  readonly messages: QueueMessages

  /**
   * Resolves once connected; rejects with BrokerUnreachable when the first connection fails on every URL of the
   * fail-over list. After a first success it reconnects by itself, for ever, with backoff.
   * Calling it again while unconnected tries again.
   */
  connect(): Promise<void>
  /** Told about every loss and every recovery after the first connection. Returns the function that unsubscribes. */
  onStatus(listener: (status: BrokerStatus) => void): () => void

  /**
   * Starts the event stream (Celery's `celeryev` exchange). Resolves once the subscription is in place, so that events
   * published from then on arrive. Survives reconnects: Redis resubscribes, RabbitMQ redeclares queue and bindings.
   * At most one at a time.
   */
  subscribe(onDelivery: (delivery: Delivery) => void): Promise<Subscription>

  /**
   * From now on, and on every later connection, hands on what workers say of themselves (`worker-online`,
   * `worker-heartbeat`, `worker-offline`), beside the event stream and without it: of several that share one queue of events
   * each hears all of it. Other messages may come with them. Nothing has to be acknowledged.
   */
  listenToWorkers(onDelivery: (delivery: Delivery) => void): Promise<void>

  /**
   * Sends one remote control command to the workers and collects their replies until `timeoutMs` is over, `expected`
   * replies have come, the signal aborts, or the connection is lost. Rejects with BrokerUnreachable when the command
   * can't be sent, and with the signal's reason, sending nothing, when that is aborted already. An empty `destination`
   * asks nobody.
   */
  broadcast(command: ControlCommand, options: BroadcastOptions): Promise<ControlReply[]>

  /**
   * From now on, and on every later connection, answers the `hello` that a worker sends round when it starts, before it
   * takes any task (Celery's "mingle" step), with these revoked task ids: it remembers them like those of a neighbour.
   * Workers without that step (`--without-mingle`) don't ask. Asked at each hello; must not throw.
   */
  shareRevoked(revoked: () => readonly string[]): Promise<void>

  /**
   * Messages waiting in each queue (Redis: summed over its priority lists), in the order asked. A queue that can't be
   * read says why and hides no other. Rejects with BrokerUnreachable when none can be.
   */
  queueLengths(queues: readonly string[]): Promise<QueueLength[]>

  /**
   * Names of queues that the broker itself knows, `most` at most. Redis: those bound to an exchange, but for the ones of
   * remote control and events; they stay bound when nobody uses them any more. RabbitMQ tells nobody over AMQP: none.
   */
  boundQueues(most: number): Promise<string[]>

  close(): Promise<void>
}

export type BrokerStatus =
  | { readonly state: 'idle' }
  | { readonly state: 'connected'; readonly since: Date; readonly reconnects: number }
  | {
      readonly state: 'reconnecting'
      readonly since: Date
      /** Events that were published until then have come. */
      readonly heardUntil: Date
      readonly reconnects: number
      readonly error: string
      /** The broker was not away: it closed the connection that reads events, which had fallen behind (Redis). */
      readonly dropped: boolean
    }
  | { readonly state: 'closed' }

export interface Subscription {
  /** What collects the events on RabbitMQ. null on Redis, and while unconnected. */
  readonly queueType: EventQueueType | null
  /**
   * Whether the queue that collects the events on RabbitMQ was there when this connection looked for it, with what came
   * meanwhile. null on Redis, and where it goes with the connection.
   */
  readonly queueExisted: boolean | null
  /** Another collector reads the queue on RabbitMQ and keeps up, so nothing is delivered here. */
  readonly standsBy: boolean
  /**
   * Everything up to and including this delivery is safe with us. RabbitMQ acknowledges it; Redis has nothing to do.
   * A delivery from before a reconnect is silently ignored (the broker delivers it again or has forgotten it).
   */
  acknowledge(last: Delivery): void
  stop(): Promise<void>
}

/**
 * `quorum` survives a restart of the broker; `classic` was all it gave us; `found` existed with other settings;
 * `temporary` lasts as long as the subscription and its connection.
 */
export type EventQueueType = 'quorum' | 'classic' | 'found' | 'temporary'

/** One message of the event stream as it came. */
export interface Delivery {
  /** When it reached us. */
  readonly arrivedAt: Date
  /** Bytes. */
  readonly size: number
  /**
   * Takes off what the transport put around it. Left until its turn comes: it waits as the bytes that it is, which costs less
   * to keep than objects, and the connection is read the sooner.
   */
  open(): WireMessage | MalformedMessage
}

/** Transport unwrapped, body not yet decoded. */
export interface WireMessage {
  readonly ok: true
  readonly body: Buffer
  /** As the publisher said it, for example `application/json`; null where it said nothing. */
  readonly contentType: string | null
  readonly contentEncoding: string | null
  readonly headers: Readonly<Record<string, unknown>>
  /** When it reached us. */
  readonly arrivedAt: Date
}

/** Something arrived that is no message (a Redis payload without an envelope). It still has to be acknowledged. */
export interface MalformedMessage {
  readonly ok: false
  readonly problem: Malformed
  /** The start of what arrived, for the log; at most 200 characters. */
  readonly sample: string
  readonly arrivedAt: Date
}

/** A remote control command as Celery's pidbox takes it. See docs of Celery's `celery.worker.control`. */
export interface ControlCommand {
  readonly method: string
  readonly arguments: Readonly<Record<string, unknown>>
  /** Exact node names; null or absent asks every worker. */
  readonly destination?: readonly string[] | null
}

export interface BroadcastOptions {
  /** How long to wait for replies, in milliseconds; 0 sends without asking for any. */
  readonly timeoutMs: number
  /** Stop waiting when this many workers have replied. Defaults to `destination.length` where there is one. */
  readonly expected?: number
  readonly signal?: AbortSignal
  /** Called for each reply as it comes; must not throw. */
  readonly onReply?: (reply: ControlReply) => void
}

export interface ControlReply {
  /** Node name of the worker that replied, for example `celery@host`. */
  readonly worker: string
  /** `{ok: …}`, `{error: …}`, a bare list or object (inspect commands), or null. */
  readonly value: unknown
  readonly at: Date
}

export interface QueueLength {
  readonly queue: string
  /** null: see `error`. A queue that is empty on Redis can't be told from a missing one: 0. */
  readonly waiting: number | null
  /** Consumers on this queue; null where the broker can't say (Redis). */
  readonly consumers: number | null
  /** The broker has no such queue (RabbitMQ). */
  readonly missing: boolean
  /** Why it could not be read, in words; null where it was. */
  readonly error: string | null
}

/** Settings that rename things on the broker; each is Celery's own setting or transport option of that name. */
export interface BrokerOptions {
  /** Redis: prepended to every key and every channel, without a separator. Default ''. */
  readonly globalKeyprefix: string
  /** Redis: true is `/{db}.`, false is nothing, a string replaces it. Default true. */
  readonly fanoutPrefix: boolean | string
  /** Redis: whether `/<routing key>` ends each channel. Default true. */
  readonly fanoutPatterns: boolean
  /** Redis: default [0, 3, 6, 9]. */
  readonly prioritySteps: readonly number[]
  /** Redis: between a queue's name and its priority. Default `\x06\x16`. */
  readonly sep: string
  /** Default `celeryev`. */
  readonly eventExchange: string
  /** Default `celery`. */
  readonly controlExchange: string
  /**
   * RabbitMQ: name of the queue that collects events for Crisper, also while it is away. null is a queue of our own that
   * goes with the subscription, for a look at the stream that leaves nothing behind. Default `crisper.events`.
   */
  readonly eventQueue: string | null
  /** Sentinel: the name of the monitored master. Default `mymaster`. */
  readonly masterName: string
  /** Sentinel: password of the sentinels themselves, where they have one. */
  readonly sentinelPassword: string | null
}

export const defaultBrokerOptions: BrokerOptions & { readonly eventQueue: string } = {
  globalKeyprefix: '',
  fanoutPrefix: true,
  fanoutPatterns: true,
  prioritySteps: [0, 3, 6, 9],
  sep: '\x06\x16',
  eventExchange: 'celeryev',
  controlExchange: 'celery',
  eventQueue: 'crisper.events',
  masterName: 'mymaster',
  sentinelPassword: null,
}
