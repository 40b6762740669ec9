import type { Log } from '../tasks/log.js'
import { Repeating } from '../tasks/repeating.js'
import type { Worker } from './worker.js'
import { isStorable, mostRemembered, type WorkerStore } from './worker-store.js'
import type { Workers } from './workers.js'

interface Parts {
  readonly workers: Workers
  readonly store: WorkerStore
  readonly log: Log
}

const everyMs = 10_000
/** Seconds after which a worker is written again though nothing but the time of its last sign has changed. */
const refreshAfter = 60
/** Rounds between two that delete: an hour. */
const roundsToForget = 360

/** Keeps the workers in the database up with those in memory; what it holds is read back before. */
export class Register {
  readonly #parts: Parts
  readonly #repeating = new Repeating(everyMs, () => this.#keepUp())
  /** As it was last written: what else changed, and when it was seen. */
  readonly #written = new Map<string, { readonly mark: string; readonly seenAt: number }>()
  #rounds = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async load(): Promise<void> {
    const known = await this.#parts.store.load()
    this.#parts.workers.remember(known)
  }

  start(): void {
    this.#repeating.start()
  }

  /** Writes what has not been written yet. */
  async stop(): Promise<void> {
    await this.#repeating.stop()
    await this.#write(0)
  }

  async #keepUp(): Promise<void> {
    await this.#write(refreshAfter)
    if (this.#rounds++ % roundsToForget !== 0) return
    await this.#parts.store.forgetOld().catch((error: unknown) => this.#onFailure(error))
  }

  async #write(olderThan: number): Promise<void> {
    const { workers, store } = this.#parts
    const heard = workers
      .list()
      .filter((worker) => worker.remembered === null && isStorable(worker))
      .sort((one, other) => other.lastSeenAt - one.lastSeenAt)
      .slice(0, mostRemembered)
    const due = heard.filter((worker) => {
      const written = this.#written.get(worker.name)
      return written?.mark !== markOf(worker) || worker.lastSeenAt - written.seenAt > olderThan
    })
    try {
      await store.save(due)
      for (const worker of due) {
        this.#written.set(worker.name, { mark: markOf(worker), seenAt: worker.lastSeenAt })
      }
      this.#forgetAllBut(heard)
    } catch (error) {
      this.#onFailure(error)
    }
  }

  #forgetAllBut(workers: readonly Worker[]): void {
    const names = new Set(workers.map(({ name }) => name))
    for (const name of this.#written.keys()) if (!names.has(name)) this.#written.delete(name)
  }

  #onFailure(error: unknown): void {
    this.#parts.log.warn({ err: error }, 'the workers could not be written down; it is tried again')
  }
}

function markOf({ stopped, restarts, pid, pool, concurrency, version }: Worker): string {
  return JSON.stringify([stopped, restarts, pid, pool, concurrency, version])
}
