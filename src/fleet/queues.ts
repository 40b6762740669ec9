import { LRUCache } from 'lru-cache'
import type { Broker, QueueLength } from '../celery/broker.js'
import type { Consumption } from './consumption.js'
import type { Worker, Workers } from './workers.js'

/** A queue as it stands. What is not known is null. */
export interface Queue {
  readonly name: string
  /** Messages that no worker has taken yet. */
  readonly waiting: number | null
  /** As RabbitMQ counts them. */
  readonly consumers: number | null
  /** Online workers that said that they consume it. */
  readonly workers: readonly string[]
  /** Unfinished jobs that name it, by state. */
  readonly unfinished: Readonly<Record<string, number>>
  /** Why it could not be read. */
  readonly error: string | null
}

export interface QueuesNow {
  /** Those with most waiting first. */
  readonly queues: readonly Queue[]
  /** Tasks that RabbitMQ holds back until their time, for all queues together; null where it has no such queues. */
  readonly delayed: number | null
  /** Online workers that have not said what they consume. */
  readonly silentWorkers: readonly string[]
  /** There are more queues than these. */
  readonly more: boolean
  readonly readAt: Date
}

interface Parts {
  readonly broker: Broker
  readonly workers: Workers
  readonly consumption: Consumption
  /** Unfinished jobs by queue and state. */
  readonly unfinished: () => Promise<ReadonlyMap<string, Readonly<Record<string, number>>>>
}

export const mostQueues = 10_000
/** Milliseconds for which callers share an answer. */
const freshMs = 2_000
/** RabbitMQ logs an error at each question for a queue that it doesn't have, so one is not asked for again at once. */
const missingMs = 10_000
/** Celery declares them together (`celery_delayed_0` … `27`), each for a delay of 2^N seconds. */
const delayedQueues = Array.from({ length: 28 }, (_, n) => `celery_delayed_${n}`)
const lastDelayed = delayedQueues.slice(-1)

/** Which queues there are, what waits in them and who consumes them: put together from broker, workers and jobs. */
export class Queues {
  readonly #parts: Parts
  readonly #answers: LRUCache<'all', QueuesNow>
  readonly #missing = new LRUCache<string, QueueLength>({ max: mostQueues, ttl: missingMs })

  constructor(parts: Parts) {
    this.#parts = parts
    this.#answers = new LRUCache<'all', QueuesNow>({
      max: 1,
      ttl: freshMs,
      ignoreFetchAbort: true,
      fetchMethod: () => this.#read(),
    })
  }

  /** Rejects with BrokerUnreachable. */
  get(): Promise<QueuesNow> {
    this.#parts.consumption.refresh()
    return this.#answers.forceFetch('all')
  }

  async #read(): Promise<QueuesNow> {
    const { broker, workers, unfinished } = this.#parts
    const readAt = new Date()
    // Without the right to look at the broker's own list there are still the queues of workers and tasks.
    const [jobs, bound] = await Promise.all([unfinished(), broker.boundQueues(mostQueues).catch(() => [])])
    const known = workers.list()
    const online = workers.online()
    const all = new Set([...known.flatMap((worker) => this.#consumedBy(worker)), ...jobs.keys(), ...bound])
    const names = [...all].slice(0, mostQueues)
    const [lengths, delayed] = await Promise.all([this.#lengths(names), this.#delayed()])
    const consumers = this.#workersByQueue(online)
    const queues = lengths.map(
      ({ queue: name, waiting, consumers: counted, error }): Queue => ({
        name,
        waiting,
        consumers: counted,
        workers: consumers.get(name) ?? [],
        unfinished: jobs.get(name) ?? {},
        error,
      }),
    )
    return {
      queues: queues.sort(byWaiting),
      delayed,
      silentWorkers: online.filter(({ queues }) => queues === null).map(({ name }) => name),
      more: all.size > names.length,
      readAt,
    }
  }

  /** In no certain order. */
  async #lengths(names: readonly string[]): Promise<QueueLength[]> {
    const missing = names.flatMap((name) => this.#missing.get(name) ?? [])
    const gone = new Set(missing.map(({ queue }) => queue))
    const asked = await this.#parts.broker.queueLengths(names.filter((name) => !gone.has(name)))
    for (const length of asked) if (length.missing) this.#missing.set(length.queue, length)
    return [...asked, ...missing]
  }

  async #delayed(): Promise<number | null> {
    if (this.#parts.broker.kind === 'redis') return null
    const [last] = await this.#lengths(lastDelayed)
    if (last === undefined || last.missing) return null
    const lengths = await this.#lengths(delayedQueues)
    // One that can't be read leaves the sum unknown; one that is missing holds nothing.
    if (lengths.some(({ waiting, missing }) => waiting === null && !missing)) return null
    return lengths.reduce((sum, { waiting }) => sum + (waiting ?? 0), 0)
  }

  #consumedBy({ queues }: Worker): string[] {
    const waits = this.#parts.broker.kind === 'amqp'
    return (queues ?? []).filter(({ fanout }) => waits || !fanout).map(({ name }) => name)
  }

  #workersByQueue(online: readonly Worker[]): Map<string, string[]> {
    const byQueue = new Map<string, string[]>()
    for (const worker of online) {
      for (const queue of this.#consumedBy(worker)) {
        const names = byQueue.get(queue)
        if (names === undefined) byQueue.set(queue, [worker.name])
        else names.push(worker.name)
      }
    }
    return byQueue
  }
}

/** Most waiting first, what could not be read last; then those with most unfinished jobs, then by name. */
function byWaiting(one: Queue, other: Queue): number {
  return (
    (other.waiting ?? -1) - (one.waiting ?? -1) ||
    total(other) - total(one) ||
    (one.name < other.name ? -1 : 1)
  )
}

function total({ unfinished }: Queue): number {
  return Object.values(unfinished).reduce((sum, n) => sum + n, 0)
}
