import pRetry from 'p-retry'
import type { Broker } from '../celery/broker.js'
import type { Leadership } from '../db/leadership.js'
import type { GapWatch } from '../reconcile/gap-watch.js'
import type { Ingest } from '../tasks/ingest.js'
import type { Log } from '../tasks/log.js'
import type { HandOver } from './hand-over.js'

interface Parts {
  readonly broker: Broker
  readonly ingest: Ingest
  readonly gapWatch: GapWatch
  readonly leadership: Leadership
  readonly handOver: HandOver
  readonly log: Log
  /** The broker is there, for the first time or again, or we lead from now on: who works, and with what? */
  readonly onConnected: () => Promise<void>
  /** Gives up what can't be done any more. */
  readonly signal: AbortSignal
}

/** Milliseconds in which what has arrived is written when another Crisper reads on. */
const handOverMs = 60_000

/**
 * Connects to the broker, for ever, and decides whether the events of tasks are read here.
 *
 * RabbitMQ: always, for all Crispers share one queue, and which of them takes from it is seen there. Redis gives each reader everything, so only the one that leads
 * reads. One that is unsure whether it still leads reads on: that two read the same events harms nothing, that nobody
 * does loses them.
 */
export class EventStream {
  readonly #parts: Parts
  #connected = false
  #leads = false
  /** Another led before. */
  #waited = false
  #turning: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Whether the events of tasks are to be read here. */
  get isReader(): boolean {
    const { broker, leadership } = this.#parts
    return broker.kind === 'amqp' || leadership.state !== 'follows'
  }

  start(): void {
    const { broker, ingest, leadership, gapWatch, log } = this.#parts
    this.#waited = !leadership.leads
    leadership.onChange(() => this.#turn())
    broker.onStatus((status) => {
      if (status.state === 'reconnecting')
        log.warn({ error: status.error }, 'the broker is away; reconnecting')
      if (status.state !== 'connected') return
      log.info(
        { reconnects: status.reconnects },
        ingest.subscribed ? 'the broker is back; events arrive again' : 'the broker is back',
      )
      this.#greet()
    })
    gapWatch.start()
    this.#turn()
  }

  /** Gives up the lead and stops reading, when the signal has been given; what has arrived is written. */
  async stop(): Promise<void> {
    const { broker, ingest, gapWatch, leadership, handOver } = this.#parts
    await this.#turning
    const isFollowed = broker.kind === 'redis' && ingest.subscribed && (await leadership.hasOthers())
    if (isFollowed) await handOver.leave()
    await leadership.stop()
    if (isFollowed) await handOver.untilAnotherReads()
    await ingest.stop()
    await gapWatch.stop()
    if (isFollowed) await handOver.end()
  }

  #turn(): void {
    this.#turning = this.#turning
      .then(() => this.#adjust())
      .catch((error) => {
        if (!this.#parts.signal.aborted)
          this.#parts.log.error({ err: error }, 'the event stream could not be started')
      })
  }

  async #adjust(): Promise<void> {
    if (this.#parts.signal.aborted) return
    const { broker, leadership, log } = this.#parts
    const isFirst = !this.#connected
    if (isFirst) {
      await this.#forEver(() => broker.connect(), 'no broker yet; trying on')
      this.#connected = true
    }
    await this.#readOrStandBy()
    const led = this.#leads
    this.#leads = leadership.state !== 'follows'
    if (this.#leads && !led) {
      const leading = this.#lead().catch((error) => {
        if (!this.#parts.signal.aborted) log.warn({ err: error }, 'a gap could not be written down')
      })
      // Whether one that led before us is still writing what it read is seen in some seconds.
      if (!this.#waited) await leading
    } else if (!this.#leads) this.#follow()
    if (isFirst || (leadership.leads && !led)) this.#greet()
  }

  async #readOrStandBy(): Promise<void> {
    const { broker, ingest, log } = this.#parts
    if (!this.isReader) {
      if (ingest.subscribed) await ingest.stop(handOverMs)
      log.info({}, 'another Crisper reads the events; standing by')
    } else if (!ingest.subscribed) {
      // While it is tried we may have lost the lead again.
      const attempt = async () => (this.isReader ? await ingest.start() : undefined)
      await this.#forEver(attempt, 'no events yet; trying on')
      if (ingest.subscribed) log.info({ broker: broker.maskedUrl }, 'events arrive')
    }
  }

  async #lead(): Promise<void> {
    const { gapWatch, handOver } = this.#parts
    if (this.#waited) await handOver.begin()
    if (!this.#leads) return
    await gapWatch.lead(this.#waited)
  }

  #follow(): void {
    this.#waited = true
    this.#parts.gapWatch.follow()
  }

  #greet(): void {
    this.#parts.onConnected().catch((error) => {
      if (!this.#parts.signal.aborted) this.#parts.log.warn({ err: error }, 'the workers could not be asked')
    })
  }

  async #forEver(attempt: () => Promise<void>, problem: string): Promise<void> {
    await pRetry(attempt, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 500,
      maxTimeout: 5000,
      signal: this.#parts.signal,
      onFailedAttempt: ({ error, attemptNumber }) => {
        if (attemptNumber === 1) this.#parts.log.warn({ error: error.message }, problem)
      },
    })
  }
}
