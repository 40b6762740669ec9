import { LRUCache } from 'lru-cache'
import type { WorkerEvent } from '../celery/events.js'

/** What is said to workers when they are met. Each resolves with the names of those that answered. */
export interface Greetings {
  /** To everybody who listens now. */
  everybody(): Promise<readonly string[]>
  /** To one worker, repeated until it answers or is given up for now. */
  one(worker: string): Promise<readonly string[]>
}

/** Milliseconds until a worker that gave no answer is asked once more. It may have no remote control at all. */
const deafForMs = 60_000
const mostWorkers = 5000

/**
 * Greets each worker once: when it comes online, and whenever it is heard without having been greeted.
 *
 * The second is for what the first can't see. A worker says `worker-online` before its mailbox is bound, and the event
 * is lost while Redis or our own subscription is away; its heartbeats then show that it is there all the same.
 */
export class Greeter {
  readonly #greetings: Greetings
  readonly #onFailure: (worker: string, error: unknown) => void
  /** By node name: the process that answered. A worker that starts anew has another. */
  readonly #greeted = new LRUCache<string, { readonly pid: number | null }>({ max: mostWorkers })
  /** Workers being greeted; true where one came online meanwhile, so that it is done once more. */
  readonly #busy = new Map<string, boolean>()
  /** Those that gave no answer, for a while. */
  readonly #deaf = new LRUCache<string, true>({ max: mostWorkers, ttl: deafForMs })
  #meeting = 0

  constructor(greetings: Greetings, onFailure: (worker: string, error: unknown) => void) {
    this.#greetings = greetings
    this.#onFailure = onFailure
  }

  /** After each connection: workers that reconnect have forgotten what they were told about events. */
  async everybody(): Promise<void> {
    this.#greeted.clear()
    this.#deaf.clear()
    this.#meeting += 1
    try {
      for (const worker of await this.#greetings.everybody()) this.#greeted.set(worker, { pid: null })
    } finally {
      this.#meeting -= 1
    }
  }

  onWorkerEvent(event: WorkerEvent): void {
    const { hostname: worker, pid } = event
    if (event.type === 'worker-offline') this.#forget(worker)
    else if (event.type === 'worker-online') this.#greet(worker, pid)
    // While everybody is asked, thousands of heartbeats must not each ask again.
    else if (this.#meeting === 0 && !this.#knows(worker, pid)) this.#greet(worker, pid)
  }

  #knows(worker: string, pid: number | null): boolean {
    if (this.#deaf.has(worker)) return true
    const greeted = this.#greeted.get(worker)
    if (greeted === undefined) return false
    // Greeted with everybody: its process is learned from the first that is heard of it.
    if (greeted.pid === null) this.#greeted.set(worker, { pid })
    return greeted.pid === null || greeted.pid === pid
  }

  #greet(worker: string, pid: number | null): void {
    if (this.#busy.has(worker)) {
      this.#busy.set(worker, true)
      return
    }
    this.#busy.set(worker, false)
    this.#greetings
      .one(worker)
      .then((answered) => {
        if (answered.length > 0) this.#greeted.set(worker, { pid })
        else this.#deaf.set(worker, true)
      })
      .catch((error) => this.#onFailure(worker, error))
      .finally(() => {
        const again = this.#busy.get(worker) === true
        this.#busy.delete(worker)
        if (again) this.#greet(worker, pid)
      })
  }

  #forget(worker: string): void {
    this.#greeted.delete(worker)
    this.#deaf.delete(worker)
  }
}
