import pRetry from 'p-retry'
import type { Broker, BrokerStatus } from '../celery/broker.js'
import { isTransient } from '../db/connect.js'
import type { Ingest } from '../tasks/ingest.js'
import type { Log } from '../tasks/log.js'
import type { GapStore, NewGap } from './gaps.js'

interface Parts {
  readonly gaps: GapStore
  readonly broker: Broker
  readonly ingest: Ingest
  readonly log: Log
  /** Gives up what can't be written down. */
  readonly signal: AbortSignal
  /** Events since then (epoch seconds) may be missing. */
  readonly onMissed: (since: number) => void
}

/** Milliseconds between two notes that everything was heard. */
const heartbeatMs = 5000
/** Milliseconds of quiet after which what can't be read begins a new gap. */
const quietMs = 60_000
/** Our queue on RabbitMQ expires so long after its last consumer (src/celery/amqp/declare.ts). */
const queueExpiresMs = 3_600_000

/**
 * Writes down when events could not be heard: while Crisper was off, while the broker was away, what could not be read. Of
 * several Crispers the one that leads does; only what it could not read each knows by itself.
 */
export class GapWatch {
  readonly #parts: Parts
  #leads = false
  #lostAt: Extract<BrokerStatus, { state: 'reconnecting' }> | undefined
  #timer: NodeJS.Timeout | undefined
  #counted = { malformed: 0, overflow: 0, unstorable: 0 }

  constructor(parts: Parts) {
    this.#parts = parts
    parts.broker.onStatus((status) => {
      if (status.state === 'reconnecting') this.#lostAt = status
      if (status.state === 'connected' && parts.ingest.subscribed) this.#onReconnected()
    })
  }

  start(): void {
    this.#beat()
  }

  /**
   * We lead, and the event stream is there. Resolves once it is written down that nobody heard it before; `takenOver`: from
   * another Crisper.
   */
  async lead(takenOver: boolean): Promise<void> {
    const since = this.#parts.ingest.subscribedAt ?? new Date()
    const until = await this.#persist(() => this.#parts.gaps.heardUntil())
    if (until !== undefined && until < since) {
      const gap = takenOver ? this.#takeover(until, since) : this.#outage(until, since)
      await this.#persist(() => this.#parts.gaps.add(gap))
      if (gap.lossy) this.#parts.onMissed(until.getTime() / 1000)
    }
    await this.#persist(() => this.#parts.gaps.heard(new Date()))
    this.#leads = true
  }

  /** Another leads. */
  follow(): void {
    this.#leads = false
  }

  /** To be called when the ingest has stopped: everything that came is written. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    const { ingest, broker, gaps } = this.#parts
    if (!this.#leads || broker.status.state !== 'connected' || ingest.isBehind) return
    await gaps.heard(new Date()).catch(() => undefined)
  }

  #takeover(began: Date, ended: Date): NewGap {
    const base = { kind: 'outage', began, ended, count: null } as const
    const lossy = this.#parts.broker.kind === 'redis'
    const kept = lossy ? 'Redis keeps no events meanwhile.' : 'RabbitMQ kept the events in its queue.'
    return { ...base, lossy, note: `The Crisper that led ended, and another took over; ${kept}` }
  }

  #outage(began: Date, ended: Date): NewGap {
    const base = { kind: 'outage', began, ended, count: null } as const
    const { broker, ingest } = this.#parts
    if (broker.kind === 'redis') {
      return { ...base, lossy: true, note: 'Crisper was off; Redis keeps no events for those who are away.' }
    }
    if (ingest.queueExisted !== true) {
      const note = 'Crisper was off, and its queue on RabbitMQ was gone: its events with it.'
      return { ...base, lossy: true, note }
    }
    const lossy = ended.getTime() - began.getTime() > queueExpiresMs
    return { ...base, lossy, note: 'Crisper was off; RabbitMQ kept the events in its queue.' }
  }

  #onReconnected(): void {
    const lost = this.#lostAt
    this.#lostAt = undefined
    if (lost === undefined || !this.#leads) return
    this.#parts.onMissed(lost.heardUntil.getTime() / 1000)
    const isGone = this.#parts.broker.kind === 'amqp' && this.#parts.ingest.queueExisted === false
    const note = isGone
      ? `${lost.error} The queue of events was gone and had to be declared anew.`
      : lost.error
    const gap: NewGap = {
      kind: lost.dropped ? 'subscriber_dropped' : 'reconnect',
      began: lost.heardUntil,
      ended: new Date(),
      count: null,
      lossy: true,
      note,
    }
    this.#apart(() => this.#parts.gaps.add(gap))
  }

  #beat(): void {
    this.#timer = setTimeout(() => {
      this.#apart(() => this.#note())
      this.#beat()
    }, heartbeatMs)
  }

  async #note(): Promise<void> {
    const { ingest, broker, gaps } = this.#parts
    if (this.#leads && ingest.subscribed && broker.status.state === 'connected' && !ingest.isBehind)
      await gaps.heard(new Date())
    const { counters } = ingest
    const malformed = Object.values(counters.malformed).reduce((sum, { count }) => sum + count, 0)
    const { dropped: overflow, unstorable } = counters
    const before = this.#counted
    this.#counted = { malformed, overflow, unstorable }
    await this.#add(
      'malformed',
      malformed - before.malformed,
      'Messages that could not be read were skipped.',
    )
    await this.#add(
      'malformed',
      unstorable - before.unstorable,
      'Tasks that the database refuses were skipped.',
    )
    await this.#add(
      'overflow',
      overflow - before.overflow,
      'Too much waited for the database; messages were thrown away.',
    )
  }

  async #add(kind: 'malformed' | 'overflow', count: number, note: string): Promise<void> {
    if (count === 0) return
    const ended = new Date()
    const began = new Date(ended.getTime() - heartbeatMs)
    const gap = { kind, began, ended, count, lossy: true, note }
    await this.#parts.gaps.extend(gap, new Date(ended.getTime() - quietMs))
    if (kind === 'overflow') this.#parts.onMissed(began.getTime() / 1000)
  }

  #apart(work: () => Promise<void>): void {
    this.#persist(work).catch((error) => {
      if (!this.#parts.signal.aborted) this.#parts.log.warn({ err: error }, 'a gap could not be written down')
    })
  }

  #persist<T>(work: () => Promise<T>): Promise<T> {
    return pRetry(work, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 100,
      maxTimeout: 2000,
      signal: this.#parts.signal,
      shouldRetry: ({ error }) => isTransient(error),
    })
  }
}
