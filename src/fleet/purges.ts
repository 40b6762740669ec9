import { setTimeout as pause } from 'node:timers/promises'
import type { Broker } from '../celery/broker.js'
import type { QueueDrain } from '../celery/queue-messages.js'
import type { Log } from '../tasks/log.js'
import type { Reading } from '../tasks/record-of-event.js'
import { recordOfPurge } from '../tasks/record-of-message.js'
import { storable } from '../tasks/storable.js'
import type { TaskStore } from '../tasks/store.js'
import { type Peeked, peekedOf } from './peeked.js'
import { type Purge, PurgeGoesOn, type PurgeOrder } from './purge.js'
import { exportLineOf } from './purge-line.js'
import type { PurgeStore } from './purge-store.js'

interface Parts {
  readonly broker: Broker
  readonly store: PurgeStore
  readonly tasks: TaskStore
  readonly reading: Reading
  readonly log: Log
  /** Told how many messages a queue has lost. Must not throw. */
  readonly onDeleted: (queue: string, count: number) => void
}

/** Messages that are kept and deleted at a time. */
const sliceSize = 100
/** Milliseconds that a caller waits for the end. */
const answerAfterMs = 2000
/** States in which the deletion of its message is the end of a task. */
const waitingStates: ReadonlySet<string> = new Set(['PENDING', 'SENT', 'RECEIVED', 'RETRY'])

/**
 * Deletes what waits in a queue, slice by slice: read, kept in the database for the export, deleted, and told in the jobs.
 * So what is purged is what was exported, whatever the broker, and a Crisper that dies in between loses at most the news
 * that the last slice was deleted.
 */
export class Purges {
  readonly #parts: Parts
  readonly #running = new Map<string, Promise<void>>()
  readonly #abort = new AbortController()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Resolves once the slices that are being deleted are done; the rest stays in the queues. */
  async stop(): Promise<void> {
    this.#abort.abort()
    await Promise.all(this.#running.values())
  }

  /**
   * Begins a purge and answers with how far it came in two seconds: mostly to its end. Rejects with PurgeGoesOn,
   * QueueUnreadable or BrokerUnreachable; nothing is deleted then.
   */
  async purge(order: PurgeOrder): Promise<Purge> {
    const { queue } = order
    if (this.#running.has(queue)) throw new PurgeGoesOn(queue)
    let begun: (purge: Purge) => void = () => undefined
    const created = new Promise<Purge>((resolve) => {
      begun = resolve
    })
    const run = this.#run(order, begun)
    this.#running.set(
      queue,
      run.catch(() => undefined).finally(() => this.#running.delete(queue)),
    )
    const purge = await Promise.race([created, run.then(() => created)])
    await Promise.race([run, pause(answerAfterMs, undefined, { ref: false })])
    return (await this.#parts.store.find(purge.id)) ?? purge
  }

  /** Rejects only while nothing is written down yet. */
  async #run(order: PurgeOrder, begun: (purge: Purge) => void): Promise<void> {
    const { broker, store, log } = this.#parts
    const drain = await broker.messages.drain(order.queue)
    try {
      // By another Crisper.
      if (await store.goesOn(order.queue)) throw new PurgeGoesOn(order.queue)
      const purge = await store.create(order, drain.waiting)
      begun(purge)
      try {
        const problem = await this.#drain(purge, drain)
        await store.end(purge.id, problem)
      } catch (error) {
        log.warn({ err: error, queue: order.queue, purge: purge.id }, 'a purge ended early')
        const why = error instanceof Error ? error.message : String(error)
        // With the database away it is found interrupted later.
        await store
          .end(purge.id, `It ended early, and the last messages of the export may wait still: ${why}`)
          .catch(() => undefined)
      }
    } finally {
      await drain.close()
    }
  }

  /** Why it stopped before the end, or null. */
  async #drain(purge: Purge, drain: QueueDrain): Promise<string | null> {
    const { store, onDeleted } = this.#parts
    let start = 0
    for (;;) {
      if (this.#abort.signal.aborted) return 'Crisper was ended'
      const items = await drain.next(sliceSize)
      if (items.length === 0) return null
      const peeked = items.map((item) => peekedOf(item, purge.queue))
      const lines = peeked.map(exportLineOf)
      await store.keep(purge.id, start, lines)
      const deleted = await drain.delete()
      await store.settle(purge.id, { start, deleted, lines })
      const gone = peeked.filter((_, index) => deleted[index] === true)
      onDeleted(purge.queue, gone.length)
      await this.#mark(purge, gone)
      start += items.length
    }
  }

  /** Tells the jobs. One task may have had several messages. */
  async #mark(purge: Purge, gone: readonly Peeked[]): Promise<void> {
    const { tasks, reading } = this.#parts
    const messages = new Map(
      gone.flatMap(({ message }) => (message === null ? [] : [[storable(message.id), message] as const])),
    )
    if (messages.size === 0) return
    const known = await tasks.findMany([...messages.keys()])
    const elsewhere = new Set(
      known.filter(({ job }) => !waitingStates.has(job.state)).map(({ job }) => job.taskId),
    )
    const { id, queue, by, reason } = purge
    const purged = { id, queue, by, reason, at: new Date() }
    await tasks.apply(
      [...messages].map(([taskId, message]) =>
        recordOfPurge(message, purged, !elsewhere.has(taskId), reading),
      ),
    )
  }
}
