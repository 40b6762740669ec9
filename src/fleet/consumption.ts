import type { Broker } from '../celery/broker.js'
import { activeQueues } from '../celery/control.js'
import type { Workers } from './workers.js'

/** Milliseconds between two questions to all workers, however many look at the queues. */
const askEveryMs = 5_000
/** Milliseconds for their answers. A worker on the solo pool gives none while it works. */
const answerMs = 2_000

interface Parts {
  readonly broker: Broker
  readonly workers: Workers
  /** The workers could not be asked. */
  readonly onFailure: (error: unknown) => void
}

/** Keeps up with which queues the workers consume: `add_consumer` and `cancel_consumer` change them without an event. */
export class Consumption {
  readonly #parts: Parts
  #askedAt = Number.NEGATIVE_INFINITY
  #asking = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Asks them all, unless that was done a moment ago. Nobody waits: what was said before holds until they answer. */
  refresh(): void {
    const now = performance.now()
    if (this.#asking || now - this.#askedAt < askEveryMs) return
    this.#askedAt = now
    this.#asking = true
    this.#ask()
      .catch(this.#parts.onFailure)
      .finally(() => {
        this.#asking = false
      })
  }

  async #ask(): Promise<void> {
    const { broker, workers } = this.#parts
    const expected = workers.online().length
    if (expected === 0) return
    const answers = await activeQueues(broker, { timeoutMs: answerMs, expected })
    for (const { worker, queues } of answers) workers.onQueues(worker, queues)
  }
}
