import type { Kysely } from 'kysely'
import { LRUCache } from 'lru-cache'
import type { Broker } from '../celery/broker.js'
import type { TaskMessage } from '../celery/task-message.js'
import { isTransient } from '../db/connect.js'
import type { Database } from '../db/schema.js'
import { applySparing } from '../tasks/apply-sparing.js'
import type { Log } from '../tasks/log.js'
import type { TaskRecord } from '../tasks/record.js'
import type { Reading } from '../tasks/record-of-event.js'
import { recordOfMessage } from '../tasks/record-of-message.js'
import { Repeating } from '../tasks/repeating.js'
import type { TaskStore } from '../tasks/store.js'
import { describedTasks } from '../tasks/waiting-since.js'
import { type Peeked, peekedOf } from './peeked.js'

interface Parts {
  readonly broker: Broker
  /** The queues and how many messages wait in each. */
  readonly queues: () => Promise<readonly { readonly name: string; readonly waiting: number | null }[]>
  readonly store: TaskStore
  readonly db: Kysely<Database>
  readonly reading: Reading
  readonly log: Log
  /** Seconds between two looks; 0: never. */
  readonly every: number
  /** Messages that are read at one look at most. */
  readonly most: number
}

/** Tasks that are written at a time. */
const batchSize = 500
/** Task ids that are remembered as known, so that the database is not asked again. */
const mostRemembered = 200_000

/**
 * Makes tasks of the messages that wait in the queues: those of which no event has told, so that they can be found, and
 * stopped before a worker takes them. On Redis the queues are read at intervals. RabbitMQ lets nobody read without taking,
 * so there it is what somebody peeks at.
 */
export class WaitingTasks {
  readonly #parts: Parts
  readonly #known = new LRUCache<string, true>({ max: mostRemembered })
  readonly #looking: Repeating
  /** What was read and could not be written yet. */
  #unwritten: TaskRecord[] = []
  #writing: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#looking = new Repeating(parts.every * 1000, () => this.#look())
  }

  start(): void {
    if (this.#parts.every > 0 && this.#parts.broker.kind === 'redis') this.#looking.start()
  }

  async stop(): Promise<void> {
    await this.#looking.stop()
  }

  /** What waits in a queue, without changing it as far as the broker allows (see QueueMessages). */
  async peek(queue: string, look: { most: number; from: 'next' | 'newest' }): Promise<Peeked[]> {
    const items = await this.#parts.broker.messages.peek(queue, look)
    const peeked = items.map((item) => peekedOf(item, queue))
    this.#take(peeked.flatMap(({ message }) => message ?? []))
    await this.#write()
    return peeked
  }

  async #look(): Promise<void> {
    const { broker, queues, most, log } = this.#parts
    if (broker.status.state !== 'connected') return
    try {
      // What was read is not given again, so it is written before more is read.
      await this.#write()
      const now = await queues()
      const filled = now.filter(({ waiting }) => (waiting ?? 0) > 0).map(({ name }) => name)
      for (const { queue, items } of await broker.messages.unseen(filled, most)) {
        this.#take(items.flatMap((item) => peekedOf(item, queue).message ?? []))
      }
      await this.#write()
    } catch (error) {
      log.warn({ err: error }, 'the queues could not be read for waiting tasks; tried again')
    }
  }

  #take(messages: readonly TaskMessage[]): void {
    const seenAt = Date.now() / 1000
    const fresh = messages.filter(({ id }) => !this.#known.has(id))
    for (const { id } of fresh) this.#known.set(id, true)
    this.#unwritten.push(...fresh.map((message) => recordOfMessage(message, seenAt, this.#parts.reading)))
  }

  /** One after the other: a look and somebody's peek may come together. */
  async #write(): Promise<void> {
    const writing = this.#writing.then(() => this.#writeAll())
    this.#writing = writing.catch(() => undefined)
    await writing
  }

  async #writeAll(): Promise<void> {
    while (this.#unwritten.length > 0) {
      const batch = this.#unwritten.slice(0, batchSize)
      const described = await describedTasks(
        this.#parts.db,
        batch.map(({ taskId }) => taskId),
      )
      const news = new Map(batch.map((record) => [record.taskId, record]))
      for (const taskId of described) news.delete(taskId)
      await this.#apply([...news.values()])
      this.#unwritten = this.#unwritten.slice(batch.length)
    }
  }

  async #apply(records: readonly TaskRecord[]): Promise<void> {
    const { store, log } = this.#parts
    await applySparing(records, {
      apply: async (some) => {
        await store.apply(some)
      },
      passOn: isTransient,
      onRefused: ({ taskId }, error) => log.error({ err: error, taskId }, 'skipped a waiting task'),
    })
  }
}
