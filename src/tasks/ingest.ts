import { setImmediate as nextTurn } from 'node:timers/promises'
import pRetry from 'p-retry'
import type { Broker, Delivery, Subscription } from '../celery/broker.js'
import { decodeEvents, type TaskEvent, type WorkerEvent } from '../celery/events.js'
import { isTransient } from '../db/connect.js'
import { redactSample } from '../redaction/redact-sample.js'
import type { Redactor } from '../redaction/redactor.js'
import { applySparing } from './apply-sparing.js'
import { ClockWatch } from './clock.js'
import { type Due, HeldBack } from './held-back.js'
import { IngestCounters } from './ingest-counters.js'
import type { Log } from './log.js'
import type { OwnerReader } from './ownership.js'
import type { TaskRecord } from './record.js'
import { recordOfEvent } from './record-of-event.js'
import type { AppliedTask, TaskStore } from './store.js'

export interface IngestParts {
  readonly broker: Broker
  readonly store: TaskStore
  readonly ownerOf: OwnerReader
  readonly redactor: Redactor
  readonly log: Log
  /** Told after each commit, with the tasks that it changed and what was told of them. Must not throw. */
  readonly onApplied: (tasks: readonly AppliedTask[], news: readonly TaskRecord[]) => void
  /** Told about each worker event that lay here: it may be old, and others hear of it by their own. Must not throw. */
  readonly onWorkerEvent: (event: WorkerEvent) => void
  /** Told about each task event as it is read. Must not throw. */
  readonly onTaskEvent: (event: TaskEvent) => void
}

/** Messages that make a batch full, and how long the first of a batch waits for others. */
const batchSize = 2000
const batchWaitMs = 50
/** While more than a batch waits: how far back a task is held that has not ended (RabbitMQ's `prefetch` is larger). */
const reach = { messages: 20_000, bytes: 32 * 1024 * 1024, ms: 5000 }
/** Events that are folded before whoever waits for an answer has a turn: some milliseconds' worth. */
const eventsAtOnce = 300
/** Messages waiting for the database at most. RabbitMQ never comes near (prefetch); on Redis what is beyond is lost, and counted. */
const mostWaiting = 500_000

/**
 * The event stream on its way into the database: decode, fold per task in memory, one write per batch, and only then
 * acknowledge. The socket is drained at once; a database that is away makes batches wait, never the stream stop.
 */
export class Ingest {
  readonly counters = new IngestCounters()
  readonly #parts: IngestParts
  readonly #clock = new ClockWatch()
  readonly #heldBack = new HeldBack(reach)
  #abort = new AbortController()
  #waiting: Delivery[] = []
  #subscription: Subscription | undefined
  #subscribedAt: Date | null = null
  #stopping = false
  #wake: (() => void) | undefined
  #pump: Promise<void> | undefined

  constructor(parts: IngestParts) {
    this.#parts = parts
  }

  /** Whether the event stream is subscribed (it stays so over reconnects). */
  get subscribed(): boolean {
    return this.#subscription !== undefined && !this.#stopping
  }

  /** Since when; reconnects don't count. */
  get subscribedAt(): Date | null {
    return this.subscribed ? this.#subscribedAt : null
  }

  /** Whether a full batch waits, or is being folded: what we know is older than what has happened. */
  get isBehind(): boolean {
    return this.#waiting.length >= batchSize
  }

  /** As of the subscription (broker.ts). */
  get queueExisted(): boolean | null {
    return this.#subscription?.queueExisted ?? null
  }

  /** As of the subscription (broker.ts). */
  get standsBy(): boolean {
    return this.#subscription?.standsBy ?? false
  }

  /** Resolves once the subscription is in place; rejects with BrokerUnreachable. May follow a stop. */
  async start(): Promise<void> {
    this.#stopping = false
    this.#abort = new AbortController()
    this.#subscription = await this.#parts.broker.subscribe(this.#take)
    this.#subscribedAt = new Date()
    this.#pump = this.#run()
  }

  /** Stops the stream and writes what has arrived; what can't be written within `graceMs` is left to the broker. */
  async stop(graceMs = 5000): Promise<void> {
    const timer = setTimeout(() => this.#abort.abort(), graceMs)
    this.#stopping = true
    this.#wake?.()
    await this.#pump
    // Whoever is told of the last write has been.
    await nextTurn()
    clearTimeout(timer)
    await this.#subscription?.stop()
    this.#subscription = undefined
  }

  readonly #take = (delivery: Delivery): void => {
    // RabbitMQ gives what we don't acknowledge to the next one.
    if (this.#stopping) return
    this.counters.messages += 1
    if (this.#waiting.length >= mostWaiting) {
      this.counters.dropped += 1
      return
    }
    this.#waiting.push(delivery)
    if (this.#waiting.length >= batchSize) this.#wake?.()
    else if (this.#waiting.length === 1) setTimeout(() => this.#wake?.(), batchWaitMs)
  }

  /** A batch that is full already is folded and prepared while the database still writes the one before. */
  async #run(): Promise<void> {
    let keeping: Promise<void> | undefined
    try {
      while (!this.#stopping || this.#waiting.length > 0) {
        if (this.#waiting.length < batchSize) {
          await keeping
          if (this.#waiting.length < batchSize && !this.#stopping) await this.#untilWoken()
        }
        const [due] = await Promise.all([this.#foldAhead(), keeping])
        keeping = due && this.#keep(due)
      }
      await keeping
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error
    }
  }

  /** Writes what is due, then tells the broker which messages are safe. */
  async #keep({ records, upTo }: Due): Promise<void> {
    await this.#write(records)
    if (upTo === undefined) return
    this.#subscription?.acknowledge(upTo)
    this.counters.lagMs = Date.now() - upTo.arrivedAt.getTime()
  }

  /** Until a batch is worth writing: it is full, its first message has waited long enough, or we stop. */
  #untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
      if (this.#waiting.length > 0) setTimeout(() => this.#wake?.(), batchWaitMs)
    })
  }

  async #foldAhead(): Promise<Due | undefined> {
    const due = await this.#fold()
    if (due !== undefined) await this.#parts.store.prepare(due.records)
    return due
  }

  /** Takes a batch from what waits; undefined where nothing does. */
  async #fold(): Promise<Due | undefined> {
    let [messages, bytes, events, eventsAtTurn] = [0, 0, 0, 0]
    let last: Delivery | undefined
    while (messages < batchSize) {
      const delivery = this.#waiting[messages]
      if (delivery === undefined) break
      messages += 1
      last = delivery
      bytes += delivery.size
      if (events - eventsAtTurn >= eventsAtOnce) {
        await nextTurn()
        eventsAtTurn = events
      }
      try {
        events += this.#foldOne(delivery)
      } catch (error) {
        // A fault of ours that one message brought to light must not cost the others.
        this.#reject({ reason: 'internal', message: `a message that broke us: ${String(error)}` }, '')
      }
    }
    this.#waiting.splice(0, messages)
    const batch = last && { last, messages, bytes, readAt: performance.now() }
    return batch && this.#heldBack.due(batch, this.isBehind)
  }

  /** Answers with the number of events. */
  #foldOne(delivery: Delivery): number {
    const { events, malformed } = decodeEvents(delivery.open())
    for (const { problem, sample } of malformed) this.#reject(problem, sample)
    for (const event of events) {
      this.counters.count(event.type)
      const { at, skew } = this.#clock.place(event)
      if (isWorkerEvent(event)) {
        this.#parts.onWorkerEvent(event)
        continue
      }
      this.#parts.onTaskEvent(event)
      const placed = skew === undefined ? { event, at } : { event, at, clockSkew: skew }
      this.#heldBack.tell(recordOfEvent(placed, this.#parts, this.#heldBack.of(event.uuid)?.sent))
    }
    return events.length
  }

  #reject(problem: { reason: string; message: string }, told: string): void {
    const sample = redactSample(told, this.#parts.redactor)
    if (this.counters.reject(problem.reason, sample)) {
      this.#parts.log.warn(
        { reason: problem.reason, sample },
        `skipped ${problem.message}; more are only counted`,
      )
    }
  }

  /** Tries for ever while the database is away. */
  async #write(records: readonly TaskRecord[]): Promise<void> {
    await applySparing(records, {
      apply: (some) => this.#apply(some),
      passOn: () => this.#abort.signal.aborted,
      onRefused: ({ taskId }, error) => {
        this.counters.unstorable += 1
        this.#parts.log.error({ err: error, taskId }, 'skipped a task that the database refuses')
      },
    })
  }

  async #apply(records: readonly TaskRecord[]): Promise<void> {
    const applied = await pRetry(() => this.#parts.store.apply(records), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 100,
      maxTimeout: 2000,
      signal: this.#abort.signal,
      shouldRetry: ({ error }) => isTransient(error),
      onFailedAttempt: ({ error, attemptNumber }) => {
        if (attemptNumber === 1 && isTransient(error)) {
          this.#parts.log.warn({ err: error }, 'the database is away; events wait')
        }
      },
    })
    this.counters.applied += applied.length
    // When the next write, which is ready, is under way.
    setImmediate(() => this.#parts.onApplied(applied, records))
  }
}

function isWorkerEvent(event: TaskEvent | WorkerEvent): event is WorkerEvent {
  return event.type.startsWith('worker-')
}
