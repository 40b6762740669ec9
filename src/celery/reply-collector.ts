import type { BroadcastOptions, ControlReply } from './broker.js'
import type { ReplyMessage } from './broker-link.js'
import { Malformed } from './errors.js'
import { isPlainObject } from './json-value.js'
import { decodeBody } from './messages.js'

/** Sorts the replies of the workers to the broadcasts they belong to, by the header `ticket`. */
export class ReplyCollector {
  readonly #open = new Map<string, Collection>()

  /** Register before sending: a worker may be faster than the broker's confirmation. */
  open(ticket: string, options: Pick<BroadcastOptions, 'expected' | 'onReply'>): Collection {
    const collection = new Collection(options, () => this.#open.delete(ticket))
    this.#open.set(ticket, collection)
    return collection
  }

  /** Takes any message of the reply queue. Late replies and what is no reply are dropped. */
  take(message: ReplyMessage): void {
    const { ticket } = message.headers
    const collection = typeof ticket === 'string' ? this.#open.get(ticket) : undefined
    if (collection === undefined) return
    for (const reply of readReply(message)) collection.add(reply)
  }

  /** The connection is lost: no more replies will come. */
  endAll(): void {
    for (const collection of this.#open.values()) collection.end()
  }
}

export class Collection {
  readonly #replies: ControlReply[] = []
  readonly #expected: number
  readonly #onReply: ((reply: ControlReply) => void) | undefined
  readonly #ended: Promise<void>
  /** Ends the wait and forgets the ticket. */
  readonly end: () => void

  constructor(options: Pick<BroadcastOptions, 'expected' | 'onReply'>, forget: () => void) {
    this.#expected = options.expected ?? Number.POSITIVE_INFINITY
    this.#onReply = options.onReply
    let resolve = (): void => undefined
    this.#ended = new Promise((whenEnded) => {
      resolve = whenEnded
    })
    this.end = () => {
      forget()
      resolve()
    }
    if (this.#expected <= 0) this.end()
  }

  add(reply: ControlReply): void {
    this.#replies.push(reply)
    if (this.#replies.length >= this.#expected) this.end()
    this.#onReply?.(reply)
  }

  /** What has come when the time is over, enough have replied, the signal aborts or the connection is lost. */
  async until({
    timeoutMs,
    signal,
  }: Pick<BroadcastOptions, 'timeoutMs' | 'signal'>): Promise<ControlReply[]> {
    const timer = setTimeout(this.end, timeoutMs)
    signal?.addEventListener('abort', this.end)
    if (signal?.aborted) this.end()
    try {
      await this.#ended
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', this.end)
    }
    return this.#replies
  }
}

/** One message per worker, `{"<node name>": <value>}`, encoded as the worker's task_serializer says. */
function readReply(message: ReplyMessage): ControlReply[] {
  let body: unknown
  try {
    body = decodeBody(message)
  } catch (error) {
    if (error instanceof Malformed) return []
    throw error
  }
  if (!isPlainObject(body)) return []
  const at = new Date()
  return Object.entries(body).map(([worker, value]) => ({ worker, value, at }))
}
