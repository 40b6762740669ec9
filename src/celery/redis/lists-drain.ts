import type { Redis } from 'ioredis'
import type { QueueDrain, QueueItem } from '../queue-messages.js'
import { toItem } from './queue-item.js'

interface List {
  readonly key: string
  /** Messages at the tail that are still to be deleted. */
  left: number
}

/**
 * Deletes what waits in the lists of a queue, the newest first, each message by its own payload (LREM). So a worker, which
 * takes from the other end, is never waited for and nothing that it took is called deleted; and Redis finds each payload
 * near the head, however long the list is. Messages that come meanwhile may be deleted instead of as many that workers took.
 */
export class ListsDrain implements QueueDrain {
  readonly waiting: number
  readonly #redis: Redis
  readonly #lists: List[]
  #slice: { readonly list: List; readonly payloads: readonly Buffer[] } | undefined

  private constructor(redis: Redis, lists: List[]) {
    this.#redis = redis
    this.#lists = lists
    this.waiting = lists.reduce((sum, { left }) => sum + left, 0)
  }

  static async open(redis: Redis, keys: readonly string[]): Promise<ListsDrain> {
    const lists: List[] = []
    for (const key of keys) lists.push({ key, left: await redis.llen(key) })
    return new ListsDrain(redis, lists)
  }

  async next(most: number): Promise<readonly QueueItem[]> {
    for (const list of this.#lists) {
      while (list.left > 0) {
        const take = Math.min(most, list.left)
        const payloads = await this.#redis.lrangeBuffer(list.key, -list.left, take - list.left - 1)
        if (payloads.length > 0) {
          this.#slice = { list, payloads }
          return payloads.map(toItem)
        }
        // Workers have taken more than that.
        list.left = Math.min(list.left - take, await this.#redis.llen(list.key))
      }
    }
    return []
  }

  async delete(): Promise<readonly boolean[]> {
    if (this.#slice === undefined) return []
    const { list, payloads } = this.#slice
    this.#slice = undefined
    const pipeline = this.#redis.pipeline()
    for (const payload of payloads) pipeline.lrem(list.key, 1, payload)
    const answers = (await pipeline.exec()) ?? []
    const failed = answers.find(([error]) => error !== null)?.[0]
    if (failed) throw failed
    list.left -= payloads.length
    return payloads.map((_, index) => answers[index]?.[1] === 1)
  }

  async close(): Promise<void> {
    // What was only read was never taken.
  }
}
