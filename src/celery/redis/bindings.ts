import type { Redis } from 'ioredis'
import type { RedisNames } from './names.js'

/** SCAN goes over every key of the database, results too, so what it found is good for a while. */
const scanEveryMs = 30_000
const keysPerScan = 2_000
/** Of some ten million keys; beyond that the queues must be known from workers and tasks. */
const mostScans = 5_000
const mostExchanges = 10_000

/** Finds queues by the sets in which kombu keeps what is bound to an exchange (`_kombu.binding.*`). */
export class Bindings {
  readonly #names: RedisNames
  #keys: Promise<readonly string[]> | undefined
  /** By our monotonic clock, ms. */
  #scannedAt = 0

  constructor(names: RedisNames) {
    this.#names = names
  }

  async queues(redis: Redis, most: number): Promise<string[]> {
    const keys = await this.#exchanges(redis)
    // One step of SSCAN rather than SMEMBERS: a set that grew beyond measure is read in part.
    const answers = await redis.pipeline(keys.map((key) => ['sscan', key, '0', 'COUNT', String(most)])).exec()
    const members = (answers ?? []).flatMap(([error, result]) => (error === null ? membersOf(result) : []))
    const queues = members.flatMap((member) => this.#names.boundQueue(member) ?? [])
    return [...new Set(queues)].slice(0, most)
  }

  async #exchanges(redis: Redis): Promise<readonly string[]> {
    const now = performance.now()
    if (this.#keys === undefined || now - this.#scannedAt > scanEveryMs) {
      this.#scannedAt = now
      const scan = this.#scan(redis)
      this.#keys = scan
      scan.catch(() => {
        if (this.#keys === scan) this.#keys = undefined
      })
    }
    return this.#keys
  }

  async #scan(redis: Redis): Promise<readonly string[]> {
    const keys = new Set<string>()
    let cursor = '0'
    for (let turn = 0; turn < mostScans && keys.size < mostExchanges; turn += 1) {
      const [next, found] = await redis.scan(
        cursor,
        'MATCH',
        this.#names.bindingPattern,
        'COUNT',
        keysPerScan,
      )
      for (const key of found) if (!this.#names.isOfCelery(key)) keys.add(key)
      if (next === '0') break
      cursor = next
    }
    return [...keys]
  }
}

/** What SSCAN answers: the next cursor and the members. */
function membersOf(answer: unknown): string[] {
  const [, members] = Array.isArray(answer) ? answer : []
  return Array.isArray(members) ? members.filter((member) => typeof member === 'string') : []
}
