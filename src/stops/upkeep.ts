import pRetry from 'p-retry'
import { isTransient } from '../db/connect.js'
import type { Log } from '../tasks/log.js'
import type { BatchRunner } from './batch-runner.js'
import type { Elsewhere } from './elsewhere.js'
import type { Follower } from './follower.js'
import type { OpenStops } from './open-stops.js'
import { isDue, type Sender } from './sender.js'
import type { Stop } from './stop.js'

interface Parts {
  readonly open: OpenStops
  readonly sender: Sender
  readonly follower: Follower
  readonly batches: BatchRunner
  readonly elsewhere: Elsewhere
  /** Tells the workers of a stop for the first time, and writes down how it stands then. */
  readonly sendFirst: (stop: Stop) => Promise<void>
  readonly log: Log
}

const everyMs = 60_000
/** Attempts to take over while the database is busy; when it is away we don't lead for long. */
const mostRetries = 8
/** Milliseconds in which whoever was asked for a stop has sent it: its Crisper has ended since. */
const forsakenMs = 10_000

/**
 * What is done for open stops beside what was asked for: looking what became of them, sending them again, giving them up.
 * Of several Crispers the one that leads does it. It may be started again after it was stopped.
 */
export class Upkeep {
  readonly #parts: Parts
  #abort = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #later: NodeJS.Timeout | undefined
  #working: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Looks what became of the open stops while nobody did, and goes on with them. */
  async start(): Promise<void> {
    this.#abort = new AbortController()
    this.#working = this.#takeOver(this.#abort.signal)
    await this.#working
    if (this.#abort.signal.aborted) return
    this.#timer = setInterval(() => {
      this.#working = this.#keepUp()
    }, everyMs)
  }

  /** Resolves once nothing is being sent any more. */
  async stop(): Promise<void> {
    this.#abort.abort()
    clearInterval(this.#timer)
    clearTimeout(this.#later)
    this.#later = undefined
    await this.#working
    this.#parts.follower.rest()
  }

  /** Another Crisper was asked for a stop: should it end before it has sent it, it is sent here. */
  onAskedElsewhere(): void {
    if (this.#abort.signal.aborted) return
    this.#later ??= setTimeout(() => {
      this.#later = undefined
      this.#working = this.#working.then(() => this.#sendForsaken())
    }, forsakenMs + 500)
  }

  async #takeOver(signal: AbortSignal): Promise<void> {
    const { elsewhere, follower, batches, open, log } = this.#parts
    try {
      await pRetry(
        async () => {
          await elsewhere.readAll()
          await follower.lead()
        },
        {
          retries: mostRetries,
          minTimeout: 100,
          maxTimeout: 2000,
          signal,
          shouldRetry: ({ error }) => isTransient(error),
        },
      )
      batches.wake()
      if (open.all().some(isAskedOnly)) this.onAskedElsewhere()
    } catch (error) {
      if (!signal.aborted)
        log.error(
          { err: error },
          'open stops could not be taken over; those that are due are looked at in a minute',
        )
    }
  }

  async #keepUp(): Promise<void> {
    const { open, sender, follower, batches, elsewhere, log } = this.#parts
    try {
      await this.#sendForsaken()
      await follower.expire()
      const due = open.all().filter((stop) => isDue(stop, open.size))
      await elsewhere.read(due.map(({ id }) => id))
      await follower.review(due)
      await sender.send(
        due.filter((stop) => open.get(stop) !== undefined),
        { why: 'interval' },
      )
      batches.wake()
    } catch (error) {
      log.warn({ err: error }, 'open stops could not be looked after; tried again in a minute')
    }
  }

  async #sendForsaken(): Promise<void> {
    if (this.#abort.signal.aborted) return
    const before = Date.now() - forsakenMs
    const asked = this.#parts.open.all().filter(isAskedOnly)
    const forsaken = asked.filter(({ requestedAt }) => requestedAt.getTime() < before)
    if (asked.length > forsaken.length) this.onAskedElsewhere()
    for (const stop of forsaken) {
      if (this.#abort.signal.aborted) return
      await this.#parts
        .sendFirst(stop)
        .catch((error) => this.#parts.log.warn({ err: error, stop: stop.id }, 'a stop could not be sent'))
    }
  }
}

/** Written down, and nothing else yet. */
function isAskedOnly({ status, batchId }: Stop): boolean {
  return status === 'requested' && batchId === null
}
