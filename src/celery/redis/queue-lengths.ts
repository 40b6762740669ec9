import type { Redis } from 'ioredis'
import type { QueueLength } from '../broker.js'
import type { RedisNames } from './names.js'

/** Queues asked in one pipeline; each has a list for every priority step. */
const batchSize = 500
/** Queues whose lists of other priorities than 0 are asked for together: mostly there is none. */
const groupSize = 50

/** Sums the priority lists of each queue: one round trip for each batch, one batch at a time. */
export async function queueLengths(
  redis: Redis,
  names: RedisNames,
  queues: readonly string[],
): Promise<QueueLength[]> {
  const lengths: QueueLength[] = []
  for (let start = 0; start < queues.length; start += batchSize) {
    lengths.push(...(await lengthsOfBatch(redis, names, queues.slice(start, start + batchSize))))
  }
  return lengths
}

async function lengthsOfBatch(
  redis: Redis,
  names: RedisNames,
  queues: readonly string[],
): Promise<QueueLength[]> {
  const lists = await listsThere(
    redis,
    queues.map((queue) => names.queueKeys(queue)),
  )
  const answers = await redis.pipeline(lists.flat().map((key) => ['llen', key])).exec()
  if (answers === null) throw new Error('Redis gave no answer')
  let next = 0
  return queues.map((queue, index) => {
    const keys = lists[index] ?? []
    const parts = keys.map((key, step) => lengthOf(key, answers[next + step]))
    next += keys.length
    const error = parts.find((part) => typeof part === 'string')
    const waiting = parts.reduce<number>((sum, part) => sum + (typeof part === 'number' ? part : 0), 0)
    return typeof error === 'string'
      ? { queue, waiting: null, consumers: null, missing: false, error }
      : { queue, waiting, consumers: null, missing: false, error: null }
  })
}

/** The lists to ask for of each queue: that at priority 0, and the others unless its whole group has none of them. */
async function listsThere(redis: Redis, lists: readonly string[][]): Promise<readonly string[][]> {
  const groups = Array.from({ length: Math.ceil(lists.length / groupSize) }, (_, nth) =>
    lists.slice(nth * groupSize, (nth + 1) * groupSize),
  )
  const others = groups.map((group) => group.flatMap(([, ...rest]) => rest))
  // Without other priorities there is nothing to ask.
  if (others.every((keys) => keys.length === 0)) return lists
  const answers = await redis.pipeline(others.map((keys) => ['exists', ...keys])).exec()
  return groups.flatMap((group, nth) =>
    answers?.[nth]?.[1] === 0 ? group.map((keys) => keys.slice(0, 1)) : group,
  )
}

/** A number, or in words why there is none. Throws what stands in the way of all queues. */
function lengthOf(key: string, answer: [error: Error | null, result: unknown] | undefined): number | string {
  const [error, result] = answer ?? [new Error('Redis gave no answer'), null]
  if (error === null && typeof result === 'number') return result
  if (error?.message.startsWith('WRONGTYPE')) return `Redis has no list under the key ${printable(key)}`
  if (error?.message.startsWith('NOPERM')) return `Redis refuses the key ${printable(key)}: ${error.message}`
  throw error ?? new Error(`Redis answered LLEN with ${String(result)}`)
}

/** The separator before a priority is made of control characters. */
function printable(key: string): string {
  return key.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
