import type { Log } from '../tasks/log.js'
import { Repeating } from '../tasks/repeating.js'
import type { PurgeStore } from './purge-store.js'

const everyMs = 600_000

/** Ends purges that a Crisper left behind, and forgets old ones. */
export class PurgeUpkeep {
  readonly #store: PurgeStore
  readonly #log: Log
  readonly #repeating = new Repeating(everyMs, () => this.#keepUp())

  constructor(store: PurgeStore, log: Log) {
    this.#store = store
    this.#log = log
  }

  start(): void {
    this.#repeating.start()
  }

  stop(): Promise<void> {
    return this.#repeating.stop()
  }

  async #keepUp(): Promise<void> {
    try {
      await this.#store.endInterrupted()
      await this.#store.forgetOld()
    } catch (error) {
      this.#log.warn({ err: error }, 'old purges could not be looked after; tried again later')
    }
  }
}
