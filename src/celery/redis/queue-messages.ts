import type { Redis } from 'ioredis'
import { QueueUnreadable } from '../errors.js'
import type { QueueContent, QueueDrain, QueueItem, QueueMessages } from '../queue-messages.js'
import { ListsDrain } from './lists-drain.js'
import type { RedisNames } from './names.js'
import { toItem } from './queue-item.js'
import { UnseenMessages } from './unseen-messages.js'

type Command = <T>(run: (redis: Redis) => Promise<T>) => Promise<T>

/** Queues asked in one pipeline, and read at one call; each has a list for every priority step. */
const batchSize = 500
/** Messages that a queue may give at one call, whatever the number of queues. */
const leastShare = 1000

/** Messages in the lists of Redis: producers push at the head, workers take from the tail, priority by priority. */
export class RedisQueueMessages implements QueueMessages {
  readonly #names: RedisNames
  readonly #command: Command
  readonly #unseen = new UnseenMessages()
  /** So that each queue has its turn when there is too much for one call. */
  #turn = 0

  constructor(names: RedisNames, command: Command) {
    this.#names = names
    this.#command = command
  }

  async peek(
    queue: string,
    { most, from }: { readonly most: number; readonly from: 'next' | 'newest' },
  ): Promise<QueueItem[]> {
    const items: QueueItem[] = []
    for (const key of this.#names.queueKeys(queue)) {
      const left = most - items.length
      if (left <= 0) break
      const payloads = await this.#read(queue, (redis) =>
        from === 'next' ? redis.lrangeBuffer(key, -left, -1) : redis.lrangeBuffer(key, 0, left - 1),
      )
      items.push(...(from === 'next' ? payloads.reverse() : payloads).map(toItem))
    }
    return items
  }

  async unseen(queues: readonly string[], most: number): Promise<QueueContent[]> {
    const start = queues.length === 0 ? 0 : this.#turn % queues.length
    const turn = [...queues.slice(start), ...queues.slice(0, start)].slice(0, batchSize)
    const share = Math.max(leastShare, Math.ceil(most / Math.max(1, turn.length)))
    const grown = await this.#grown(turn)
    const found: QueueContent[] = []
    let left = most
    for (const queue of turn) {
      if (left <= 0) break
      this.#turn += 1
      const items = await this.#unseenOf(queue, grown.get(queue) ?? [], Math.min(left, share))
      if (items.length > 0) found.push({ queue, items })
      left -= items.length
    }
    return found
  }

  async oldest(queues: readonly string[]): Promise<QueueContent[]> {
    const ends = await this.#ends(queues, -1)
    return ends.map(({ queue, payloads }) => ({
      queue,
      items: payloads.flatMap(({ payload }) => (payload === null ? [] : toItem(payload))),
    }))
  }

  async drain(queue: string): Promise<QueueDrain> {
    return await this.#read(queue, (redis) => ListsDrain.open(redis, this.#names.queueKeys(queue)))
  }

  /** The lists of these queues that hold something that was not read yet. */
  async #grown(queues: readonly string[]): Promise<Map<string, string[]>> {
    const ends = await this.#ends(queues, 0)
    return new Map(
      ends.map(({ queue, payloads }) => [
        queue,
        payloads.flatMap(({ key, payload }) =>
          payload !== null && this.#unseen.hasMore(key, payload) ? key : [],
        ),
      ]),
    )
  }

  /** The message at one end of each list: 0 is the newest, -1 the oldest. A list that can't be read has none. */
  async #ends(
    queues: readonly string[],
    index: 0 | -1,
  ): Promise<{ queue: string; payloads: { key: string; payload: Buffer | null }[] }[]> {
    const found: { queue: string; payloads: { key: string; payload: Buffer | null }[] }[] = []
    for (let start = 0; start < queues.length; start += batchSize) {
      const batch = queues.slice(start, start + batchSize)
      const keys = batch.map((queue) => this.#names.queueKeys(queue))
      const answers = await this.#command((redis) =>
        redis.pipeline(keys.flat().map((key) => ['lindexBuffer', key, `${index}`])).exec(),
      )
      let next = 0
      for (const [nth, queue] of batch.entries()) {
        const payloads = (keys[nth] ?? []).map((key) => {
          const payload = answers?.[next]?.[1]
          next += 1
          return { key, payload: Buffer.isBuffer(payload) ? payload : null }
        })
        found.push({ queue, payloads })
      }
    }
    return found
  }

  /** A queue that can't be read hides no other. */
  async #unseenOf(queue: string, keys: readonly string[], most: number): Promise<QueueItem[]> {
    const payloads: Buffer[] = []
    try {
      for (const key of keys) {
        if (payloads.length >= most) break
        const left = most - payloads.length
        payloads.push(...(await this.#read(queue, (redis) => this.#unseen.read(redis, key, left))))
      }
    } catch (error) {
      if (!(error instanceof QueueUnreadable)) throw error
    }
    return payloads.map(toItem)
  }

  #read<T>(queue: string, run: (redis: Redis) => Promise<T>): Promise<T> {
    return this.#command(async (redis) => {
      try {
        return await run(redis)
      } catch (error) {
        const told = error instanceof Error ? error.message : String(error)
        if (/^(WRONGTYPE|NOPERM)/.test(told)) {
          throw new QueueUnreadable(queue, `The queue ${queue} can't be read. Redis says: ${told}`)
        }
        throw error
      }
    })
  }
}
