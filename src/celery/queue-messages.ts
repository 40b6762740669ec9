/** A message that waits in a queue, whatever the broker, its body not decoded. */
export interface QueuedMessage {
  readonly body: Buffer
  readonly contentType: string | null
  readonly contentEncoding: string | null
  readonly headers: Readonly<Record<string, unknown>>
  readonly properties: Readonly<Record<string, unknown>>
  /** As the publisher set it. On Redis 0 comes first, on RabbitMQ the highest. */
  readonly priority: number | null
  readonly redelivered: boolean
  readonly exchange: string | null
  readonly routingKey: string | null
}

/** What lies in a queue: a message, or something that is none (a Redis payload without an envelope). */
export type QueueItem =
  | { readonly ok: true; readonly message: QueuedMessage }
  | { readonly ok: false; readonly problem: string; readonly payload: Buffer }

/** What waits in the queues of a broker, message by message. Each rejects with BrokerUnreachable or QueueUnreadable. */
export interface QueueMessages {
  /**
   * Looks at up to `most` messages: `next` are those that workers take next, `newest` those that came last.
   *
   * Redis: read only. RabbitMQ: only `next`; they are taken from the queue and given back at once, which marks them
   * `redelivered`, keeps them from workers for that moment, and counts as a delivery where the queue limits these.
   */
  peek(queue: string, look: { readonly most: number; readonly from: 'next' | 'newest' }): Promise<QueueItem[]>

  /**
   * Messages that this method has not given before, `most` at most, by reading the queues bit by bit. What is too much
   * for now comes at the next call. Redis only; RabbitMQ lets nobody read without taking: none.
   */
  unseen(queues: readonly string[], most: number): Promise<QueueContent[]>

  /** The message that has waited longest at each priority. Redis only: none on RabbitMQ. */
  oldest(queues: readonly string[]): Promise<QueueContent[]>

  /** To delete what waits there now. */
  drain(queue: string): Promise<QueueDrain>
}

export interface QueueContent {
  readonly queue: string
  readonly items: readonly QueueItem[]
}

/** Deletes the messages of a queue slice by slice, so that each can be kept somewhere before it is gone. */
export interface QueueDrain {
  /** Messages that waited at the beginning: no more than these are deleted. */
  readonly waiting: number
  /** The next slice, not deleted yet; empty at the end. */
  next(most: number): Promise<readonly QueueItem[]>
  /** Deletes the slice that `next` gave last. Says of each whether it did: a worker may have taken it meanwhile. */
  delete(): Promise<readonly boolean[]>
  /** What is not deleted stays in the queue. */
  close(): Promise<void>
}
