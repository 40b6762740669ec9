import pRetry from 'p-retry'
import { isTransient } from '../db/connect.js'
import type { Log } from '../tasks/log.js'
import { Repeating } from '../tasks/repeating.js'
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

const everyMs = 10_000
/** Rounds between two that send again: a minute. */
const roundsToSend = 6
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
  readonly #repeating = new Repeating(everyMs, (signal) => this.#keepUp(signal))
  #rounds = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Looks what became of the open stops while nobody did, and goes on with them. */
  async start(): Promise<void> {
    await this.#takeOver()
    this.#repeating.start()
  }

  /** Resolves once nothing is being sent any more. */
  async stop(): Promise<void> {
    await this.#repeating.stop()
    this.#parts.follower.rest()
  }

  async #takeOver(): Promise<void> {
    const { elsewhere, follower, batches, log } = this.#parts
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
          shouldRetry: ({ error }) => isTransient(error),
        },
      )
      batches.wake()
    } catch (error) {
      log.error(
        { err: error },
        'open stops could not be taken over; those that are due are looked at in a minute',
      )
    }
  }

  async #keepUp(signal: AbortSignal): Promise<void> {
    const { open, sender, follower, batches, elsewhere, log } = this.#parts
    try {
      // A Crisper that was killed told nobody of what it did last.
      await elsewhere.compare()
      await this.#sendForsaken(signal)
      if (++this.#rounds % roundsToSend !== 0) return
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
      log.warn({ err: error }, 'open stops could not be looked after; it is tried again')
    }
  }

  async #sendForsaken(signal: AbortSignal): Promise<void> {
    const before = Date.now() - forsakenMs
    const forsaken = this.#parts.open
      .all()
      .filter((stop) => isAskedOnly(stop) && stop.requestedAt.getTime() < before)
    for (const stop of forsaken) {
      if (signal.aborted) return
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
