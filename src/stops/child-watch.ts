import { setTimeout as pause } from 'node:timers/promises'
import type { Broker } from '../celery/broker.js'
import { stats } from '../celery/control.js'
import type { Stop } from './stop.js'

/** What became of the pool process of a terminated task. */
export type ChildFinding =
  | { readonly kind: 'gone'; readonly at: Date }
  /** It still runs, well after it was told to end. */
  | { readonly kind: 'alive' }
  /** Its worker did not answer, or has no processes to look at; nothing was confirmed by an event either. */
  | { readonly kind: 'unknown' }

interface Watched {
  readonly stop: Stop
  readonly until: number
  answered: boolean
}

/** Milliseconds between looks: a signalled process is mostly gone within some. */
const firstPause = 25
const longestPause = 250
/** Milliseconds that a process is given to end: a pool looks for dead ones every five seconds at least. */
const graceMs = 7000
const askMs = 1000

/**
 * Looks whether the pool processes of terminated tasks are gone, by asking each worker for its pool's pids.
 *
 * A worker says `task-revoked` when it has sent the signal, and forgets the task; only the process itself tells whether
 * it obeyed. One loop per worker, however many stops wait there.
 */
export class ChildWatch {
  readonly #broker: Broker
  readonly #onFound: (stop: Stop, finding: ChildFinding) => void
  readonly #byWorker = new Map<string, Map<string, Watched>>()
  readonly #abort = new AbortController()

  constructor(broker: Broker, onFound: (stop: Stop, finding: ChildFinding) => void) {
    this.#broker = broker
    this.#onFound = onFound
  }

  /** Starts to look, or begins anew. */
  watch(stop: Stop): void {
    if (stop.target === null || this.#abort.signal.aborted) return
    const { worker } = stop.target
    const here = this.#byWorker.get(worker)
    const watched = { stop, until: Date.now() + graceMs, answered: false }
    if (here !== undefined) here.set(stop.id, watched)
    else {
      this.#byWorker.set(worker, new Map([[stop.id, watched]]))
      void this.#run(worker)
    }
  }

  unwatch(stop: Stop): void {
    if (stop.target !== null) this.#byWorker.get(stop.target.worker)?.delete(stop.id)
  }

  isWatching(stop: Stop): boolean {
    return stop.target !== null && this.#byWorker.get(stop.target.worker)?.has(stop.id) === true
  }

  /** Looks for none of them any more. */
  clear(): void {
    for (const here of this.#byWorker.values()) here.clear()
  }

  stop(): void {
    this.#abort.abort()
  }

  async #run(worker: string): Promise<void> {
    const { signal } = this.#abort
    let wait = firstPause
    for (let here = this.#byWorker.get(worker); here !== undefined && here.size > 0; ) {
      await pause(wait, undefined, { signal, ref: false }).catch(() => undefined)
      if (signal.aborted) break
      wait = Math.min(2 * wait, longestPause)
      await this.#look(worker, here)
    }
    this.#byWorker.delete(worker)
  }

  async #look(worker: string, here: Map<string, Watched>): Promise<void> {
    const wanted = [...here.values()].some(({ stop }) => stop.target?.childPid != null)
    const processes = wanted ? await this.#processesOf(worker) : undefined
    for (const [id, watched] of here) {
      const pid = watched.stop.target?.childPid
      if (processes !== undefined && pid != null) {
        watched.answered = true
        if (!processes.includes(pid)) this.#tell(here, id, { kind: 'gone', at: new Date() })
      }
      if (Date.now() > watched.until) {
        this.#tell(here, id, { kind: watched.answered ? 'alive' : 'unknown' })
      }
    }
  }

  #tell(here: Map<string, Watched>, id: string, finding: ChildFinding): void {
    const watched = here.get(id)
    if (watched === undefined) return
    here.delete(id)
    this.#onFound(watched.stop, finding)
  }

  async #processesOf(worker: string): Promise<readonly number[] | undefined> {
    try {
      const [answer] = await stats(this.#broker, { destination: [worker], expected: 1, timeoutMs: askMs })
      return answer?.processes ?? undefined
    } catch {
      // The broker is away: as good as no answer.
      return undefined
    }
  }
}
