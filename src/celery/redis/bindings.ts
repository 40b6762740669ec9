import type { Redis } from 'ioredis'
import type { RedisNames } from './names.js'

/** SCAN goes over every key of the database, results too: a look takes at most some million keys, the next one goes on. */
const keysPerScan = 4_000
const scansPerLook = 250
/** Milliseconds between two looks, and how many times longer than a look it is at least: a fiftieth of Redis' time. */
const restMs = 30_000
const restPerWork = 50
const mostExchanges = 10_000

/** Finds queues by the sets in which kombu keeps what is bound to an exchange (`_kombu.binding.*`). */
export class Bindings {
  readonly #names: RedisNames
  /** Keys of such sets, as the last whole round over the database found them. */
  #found: ReadonlySet<string> = new Set()
  /** Those of the round that is under way, and where it goes on. */
  #round = new Set<string>()
  #cursor = '0'
  /** Milliseconds of our monotonic clock. */
  #nextLookAt = 0
  #looking: Promise<void> | undefined

  constructor(names: RedisNames) {
    this.#names = names
  }

  async queues(redis: Redis, most: number): Promise<string[]> {
    if (performance.now() >= this.#nextLookAt) {
      this.#looking ??= this.#look(redis).finally(() => {
        this.#looking = undefined
      })
    }
    await this.#looking
    const keys = [...new Set([...this.#found, ...this.#round])].slice(0, mostExchanges)
    // One step of SSCAN rather than SMEMBERS: a set that grew beyond measure is read in part.
    const answers = await redis.pipeline(keys.map((key) => ['sscan', key, '0', 'COUNT', String(most)])).exec()
    const members = (answers ?? []).flatMap(([error, result]) => (error === null ? membersOf(result) : []))
    const queues = members.flatMap((member) => this.#names.boundQueue(member) ?? [])
    return [...new Set(queues)].slice(0, most)
  }

  async #look(redis: Redis): Promise<void> {
    const begun = performance.now()
    for (let scans = 0; scans < scansPerLook; scans += 1) {
      const { bindingPattern } = this.#names
      const [next, found] = await redis.scan(this.#cursor, 'MATCH', bindingPattern, 'COUNT', keysPerScan)
      for (const key of found) if (!this.#names.isOfCelery(key)) this.#round.add(key)
      this.#cursor = next
      if (next === '0') {
        this.#found = this.#round
        this.#round = new Set()
        break
      }
    }
    const ended = performance.now()
    this.#nextLookAt = ended + Math.max(restMs, restPerWork * (ended - begun))
  }
}

/** What SSCAN answers: the next cursor and the members. */
function membersOf(answer: unknown): string[] {
  const [, members] = Array.isArray(answer) ? answer : []
  return Array.isArray(members) ? members.filter((member) => typeof member === 'string') : []
}
