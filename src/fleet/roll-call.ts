import type { Broker } from '../celery/broker.js'
import { ping } from '../celery/control.js'
import type { Log } from '../tasks/log.js'
import { Repeating } from '../tasks/repeating.js'
import type { Workers } from './workers.js'

interface Parts {
  readonly broker: Broker
  readonly workers: Workers
  readonly log: Log
}

const everyMs = 5_000
const answerMs = 2_000
/** Workers asked at once at most: those that were asked longest ago. */
const mostAsked = 500

/**
 * Asks those that nothing is heard of whether they are there: a worker without heartbeats is online as long as it
 * answers, and of one that is gone it is told that it did not.
 */
export class RollCall {
  readonly #parts: Parts
  readonly #repeating = new Repeating(everyMs, (signal) => this.#call(signal))

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    this.#repeating.start()
  }

  stop(): Promise<void> {
    return this.#repeating.stop()
  }

  async #call(signal: AbortSignal): Promise<void> {
    const { broker, workers, log } = this.#parts
    const silent = this.#silent()
    if (silent.length === 0 || broker.status.state !== 'connected') return
    try {
      workers.onAsked(silent)
      workers.onAnswer(await ping(broker, { destination: silent, timeoutMs: answerMs, signal }))
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'silent workers could not be asked; it is tried again')
    }
  }

  #silent(): string[] {
    const { workers } = this.#parts
    return workers
      .list()
      .filter((worker) => {
        const { status, reason } = workers.statusOf(worker)
        return status === 'silent' || reason === 'answers'
      })
      .sort((one, other) => (one.lastAskedAt ?? 0) - (other.lastAskedAt ?? 0))
      .slice(0, mostAsked)
      .map(({ name }) => name)
  }
}
