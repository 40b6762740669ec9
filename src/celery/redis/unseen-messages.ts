import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'

/** How far a list has been read. */
interface Place {
  /** Digest of the newest message that was read. */
  readonly newest: string
  /** Messages at the old end that are still to be read, as far as workers have not taken them. */
  readonly unread: number
}

/** Payloads in one answer: Redis serves nobody else meanwhile, and a message may have megabytes. */
const slice = 100
const mostLists = 40_000

/**
 * Reads lists that grow at the head and are taken from at the tail, each message once: first from the head to the
 * newest that is known, then on with what was too much at earlier times, counted from the tail, where positions move
 * only towards it. A message that is given twice is possible, one that is left out only if workers were faster.
 */
export class UnseenMessages {
  readonly #places = new LRUCache<string, Place>({ max: mostLists })

  /** Whether a list whose newest message this is holds something that was not read yet. */
  hasMore(key: string, newest: Buffer): boolean {
    const place = this.#places.get(key)
    return place === undefined || place.unread > 0 || place.newest !== digestOf(newest)
  }

  /** Up to `most` payloads of one list. */
  async read(redis: Redis, key: string, most: number): Promise<Buffer[]> {
    const fresh = await this.#readHead(redis, key, most)
    const backlog = await this.#readBacklog(redis, key, most - fresh.length)
    return [...fresh, ...backlog]
  }

  async #readHead(redis: Redis, key: string, most: number): Promise<Buffer[]> {
    const known = this.#places.get(key)
    const found: Buffer[] = []
    let newest: string | undefined
    while (found.length < most) {
      const payloads = await redis.lrangeBuffer(key, found.length, found.length + slice - 1)
      const digests = payloads.map(digestOf)
      newest ??= digests[0]
      const met = known === undefined ? -1 : digests.indexOf(known.newest)
      found.push(...(met < 0 ? payloads : payloads.slice(0, met)))
      if (met < 0 && payloads.length === slice) continue
      // At what is known, or at the end: then nothing older is left to read.
      if (newest !== undefined) {
        this.#places.set(key, { newest, unread: met < 0 ? 0 : (known?.unread ?? 0) })
      }
      return found
    }
    // Too many for now. What lies behind them counts as unread, though a part of it may have been read.
    const length = await redis.llen(key)
    if (newest !== undefined) this.#places.set(key, { newest, unread: Math.max(0, length - found.length) })
    return found
  }

  async #readBacklog(redis: Redis, key: string, most: number): Promise<Buffer[]> {
    const place = this.#places.get(key)
    const found: Buffer[] = []
    let unread = place?.unread ?? 0
    if (place === undefined || unread === 0) return found
    while (unread > 0 && found.length < most) {
      const take = Math.min(slice, unread)
      const payloads = await redis.lrangeBuffer(key, -unread, take - unread - 1)
      found.push(...payloads)
      // Nothing there: workers have come nearer than that.
      unread = payloads.length === 0 ? Math.min(unread - take, await redis.llen(key)) : unread - take
    }
    this.#places.set(key, { ...place, unread })
    return found
  }
}

function digestOf(payload: Buffer): string {
  return createHash('sha1').update(payload).digest('base64')
}
