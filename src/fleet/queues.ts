import { LRUCache } from 'lru-cache'
import type { Management, QueueFigures } from '../celery/amqp/management.js'
import type { Broker, QueueLength } from '../celery/broker.js'
import type { Unfinished } from '../tasks/unfinished-by-queue.js'
import type { Consumption } from './consumption.js'
import { peekedOf } from './peeked.js'
import type { QueueHistory, QueueRates } from './queue-history.js'
import { isInternal, type ToldQueues, toldQueues } from './told-queues.js'
import type { Worker, Workers } from './workers.js'

/** A queue as it stands. What is not known is null. */
export interface Queue {
  readonly name: string
  /** Messages that no worker has taken yet. */
  readonly waiting: number | null
  /** Messages that workers took and have not acknowledged. Only RabbitMQ's management API tells. */
  readonly unacknowledged: number | null
  /** As RabbitMQ counts them. */
  readonly consumers: number | null
  /** Online workers that said that they consume it. */
  readonly workers: readonly string[]
  /** Unfinished jobs that name it, by state. */
  readonly unfinished: Readonly<Record<string, number>>
  /** Tasks that a worker holds until their time. */
  readonly delayed: number
  /** Since when the oldest message waits. */
  readonly oldestAt: Date | null
  readonly rates: QueueRates | null
  /** Seconds until it is empty, if it goes on like that; null where it does not get less. */
  readonly emptyIn: number | null
  /** How many waited in the last hour, a number a minute. */
  readonly trend: readonly number[]
  /** Why it could not be read. */
  readonly error: string | null
}

export interface QueuesNow {
  /** Those with most waiting first. */
  readonly queues: readonly Queue[]
  /** Tasks that wait for their time, with workers or in queues of RabbitMQ; null where RabbitMQ could not say. */
  readonly delayed: number | null
  /** Online workers that have not said what they consume. */
  readonly silentWorkers: readonly string[]
  /** There are more queues than these. */
  readonly more: boolean
  /** Why RabbitMQ's management API, which is configured, told nothing. */
  readonly problem: string | null
  readonly readAt: Date
}

interface Parts {
  readonly broker: Broker
  readonly workers: Workers
  /** null: none is configured. */
  readonly management: Management | null
  readonly consumption: Consumption
  readonly history: QueueHistory
  /** Unfinished jobs by queue. */
  readonly unfinished: () => Promise<ReadonlyMap<string, Unfinished>>
  /** Since when these tasks wait, by id. */
  readonly waitingSince: (taskIds: readonly string[]) => Promise<ReadonlyMap<string, Date>>
}

export const mostQueues = 10_000
/** Milliseconds for which callers share an answer. */
const freshMs = 2_000
/** RabbitMQ logs an error at each question for a queue that it doesn't have, so one is not asked for again at once. */
const missingMs = 10_000
/** Queues whose oldest message is looked at: a message can be large. Of the others the jobs tell its age. */
const mostLookedInto = 50
/** Celery declares them together (`celery_delayed_0` … `27`), each for a delay of 2^N seconds. */
const delayedQueues = Array.from({ length: 28 }, (_, n) => `celery_delayed_${n}`)
const lastDelayed = delayedQueues.slice(-1)

/** Which queues there are, what waits in them and who consumes them: put together from broker, workers and jobs. */
export class Queues {
  readonly #parts: Parts
  #last: QueuesNow | undefined
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

  /** For somebody who looks at them. Rejects with BrokerUnreachable. */
  get(): Promise<QueuesNow> {
    this.#parts.consumption.refresh()
    return this.look()
  }

  /** The same without asking the workers anew. */
  look(): Promise<QueuesNow> {
    return this.#answers.forceFetch('all')
  }

  /**
   * One of them, also where nobody but the broker knows it (any more). undefined: the broker has no such queue, or on Redis,
   * where a queue that is empty can't be told from none, nothing waits in it.
   */
  async one(name: string): Promise<Queue | undefined> {
    const { queues } = await this.get()
    const known = queues.find((queue) => queue.name === name)
    if (known !== undefined) return known
    const [length] = await this.#ask([name])
    if (length === undefined || length.missing) return undefined
    return length.waiting === 0 && this.#parts.broker.kind === 'redis' ? undefined : unnamed(length)
  }

  /** What was last read, however old; undefined before the first time. Costs nothing. */
  get last(): QueuesNow | undefined {
    return this.#last
  }

  async #read(): Promise<QueuesNow> {
    const { broker, workers, history, unfinished, management } = this.#parts
    const readAt = new Date()
    const [jobs, bound, told] = await Promise.all([
      unfinished(),
      // Without the right to look at the broker's own list there are still the queues of workers and tasks.
      broker.boundQueues(mostQueues).catch(() => []),
      toldQueues(management),
    ])
    const known = workers.list()
    const online = workers.online()
    const all = new Set([
      ...known.flatMap((worker) => this.#consumedBy(worker)),
      ...jobs.keys(),
      ...bound,
      ...[...told.figures.keys()].filter((name) => !isInternal(name)),
    ])
    const names = [...all].slice(0, mostQueues)
    const [lengths, delayed] = await Promise.all([this.#lengths(names, told), this.#delayed(told)])
    const consumers = this.#workersByQueue(online)
    const oldest = await this.#oldest(lengths)
    const queues = lengths.map(({ queue: name, waiting, consumers: counted, error }): Queue => {
      const job = jobs.get(name)
      const figures = told.figures.get(name)
      const rates = figures?.rates ?? history.rates(name)
      return {
        name,
        waiting,
        unacknowledged: figures?.unacknowledged ?? null,
        consumers: counted,
        workers: consumers.get(name) ?? [],
        unfinished: job?.byState ?? {},
        delayed: job?.delayed ?? 0,
        oldestAt: waiting === 0 ? null : (oldest.get(name) ?? job?.waitingSince ?? null),
        rates,
        emptyIn: emptyIn(waiting, rates),
        trend: history.trend(name),
        error,
      }
    })
    const held = [...jobs.values()].reduce((sum, job) => sum + job.delayed, 0)
    this.#last = {
      queues: queues.sort(byWaiting),
      delayed: delayed === null ? null : delayed + held,
      silentWorkers: online.filter(({ queues }) => queues === null).map(({ name }) => name),
      more: all.size > names.length,
      problem: told.problem,
      readAt,
    }
    return this.#last
  }

  /** As the management API told; the others are asked for one by one. In no certain order. */
  async #lengths(names: readonly string[], { figures }: ToldQueues): Promise<QueueLength[]> {
    const told = names.flatMap((name) => lengthOf(figures.get(name)) ?? [])
    const known = new Set(told.map(({ queue }) => queue))
    return [...told, ...(await this.#ask(names.filter((name) => !known.has(name))))]
  }

  async #ask(names: readonly string[]): Promise<QueueLength[]> {
    const missing = names.flatMap((name) => this.#missing.get(name) ?? [])
    const gone = new Set(missing.map(({ queue }) => queue))
    const asked = await this.#parts.broker.queueLengths(names.filter((name) => !gone.has(name)))
    for (const length of asked) if (length.missing) this.#missing.set(length.queue, length)
    return [...asked, ...missing]
  }

  /** Since when the oldest message of a queue waits: as the jobs say of the message at its end. */
  async #oldest(lengths: readonly QueueLength[]): Promise<Map<string, Date>> {
    const { broker, waitingSince } = this.#parts
    const filled = lengths
      .filter(({ waiting }) => (waiting ?? 0) > 0)
      .sort((one, other) => (other.waiting ?? 0) - (one.waiting ?? 0))
      .slice(0, mostLookedInto)
    const contents = await broker.messages.oldest(filled.map(({ queue }) => queue))
    const ids = new Map(
      contents.map(({ queue, items }) => [
        queue,
        items.flatMap((item) => peekedOf(item, queue).message?.id ?? []),
      ]),
    )
    const since = await waitingSince([...ids.values()].flat())
    const oldest = [...ids].flatMap(([queue, heads]) => {
      const times = heads.flatMap((id) => since.get(id)?.getTime() ?? [])
      return times.length === 0 ? [] : [[queue, new Date(Math.min(...times))] as const]
    })
    return new Map(oldest)
  }

  /** What RabbitMQ itself holds back. */
  async #delayed(told: ToldQueues): Promise<number | null> {
    if (this.#parts.broker.kind === 'redis') return 0
    const [last] = await this.#lengths(lastDelayed, told)
    if (last?.missing === true) return 0
    const lengths = await this.#lengths(delayedQueues, told)
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

/** undefined where it did not say how many wait: of a queue that is down, or has just been declared. */
function lengthOf(figures: QueueFigures | undefined): QueueLength | undefined {
  if (figures === undefined || figures.ready === null) return undefined
  const { queue, ready: waiting, consumers } = figures
  return { queue, waiting, consumers, missing: false, error: null }
}

/** A queue that no worker and no unfinished task names. */
export function unnamed({
  queue: name,
  waiting,
  consumers,
  error,
}: Pick<QueueLength, 'queue' | 'waiting' | 'consumers' | 'error'>): Queue {
  const nothing = {
    unacknowledged: null,
    workers: [],
    unfinished: {},
    delayed: 0,
    oldestAt: null,
    rates: null,
    emptyIn: null,
    trend: [],
  }
  return { name, waiting, consumers, error, ...nothing }
}

function emptyIn(waiting: number | null, rates: QueueRates | null): number | null {
  if (waiting === 0) return 0
  if (waiting === null || rates === null || rates.taken <= rates.published) return null
  return waiting / (rates.taken - rates.published)
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
