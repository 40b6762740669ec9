import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '../tasks/log.js'
import type { TaskStore } from '../tasks/store.js'
import type { Follower } from './follower.js'
import type { OpenStops } from './open-stops.js'
import { isOpen, type Stop } from './stop.js'
import type { StopStore } from './store.js'

interface Parts {
  readonly stops: StopStore
  readonly tasks: TaskStore
  readonly open: OpenStops
  readonly follower: Follower
  readonly mostOpen: number
  readonly log: Log
  /** These have ended elsewhere. */
  readonly onEnded: (stops: readonly Stop[]) => void
}

/** Stops read at a time. */
const slice = 1000
/** Milliseconds until it is tried again while the database is away. */
const retryMs = 1000

/**
 * Keeps the open stops in memory as they stand in the database, where other Crispers write them too: told which, it reads
 * them. So whoever ingests an event judges it by all stops, and a caller is woken by what another has seen.
 */
export class Elsewhere {
  readonly #parts: Parts
  readonly #abort = new AbortController()
  readonly #changed = new Set<string>()
  #all = false
  #reading: Promise<void> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Others wrote these; which do not matter here is found out. */
  onChanged(ids: readonly string[]): void {
    for (const id of ids) this.#changed.add(id)
    this.#wake()
  }

  /** Others wrote many, or something was missed. */
  onMany(): void {
    this.#all = true
    this.#wake()
  }

  /** Resolves when nothing is being read any more. */
  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#reading
  }

  /** Reads all that are open. Rejects where the database is away. */
  async readAll(): Promise<void> {
    const { stops, mostOpen } = this.#parts
    const known = this.#known()
    await this.#take(async () => (await stops.open(mostOpen)).reverse())
    await this.read(known)
  }

  /** Reads those that are open and not known here, and those that are known and not open: nobody may have told of them. */
  async compare(): Promise<void> {
    const { stops, mostOpen } = this.#parts
    const known = new Set(this.#known())
    const ids = new Set(await stops.openIds(mostOpen))
    const unknown = [...ids].filter((id) => !known.has(id))
    const gone = [...known].filter((id) => !ids.has(id))
    await this.read([...unknown, ...gone])
  }

  /** Reads these. Rejects where the database is away. */
  async read(ids: readonly string[]): Promise<void> {
    for (let at = 0; at < ids.length; at += slice) {
      await this.#take(() => this.#parts.stops.findMany(ids.slice(at, at + slice)))
    }
  }

  #known(): string[] {
    return this.#parts.open.all().map(({ id }) => id)
  }

  #wake(): void {
    if (this.#abort.signal.aborted) return
    this.#reading ??= this.#readWhatChanged().finally(() => {
      this.#reading = undefined
    })
  }

  async #readWhatChanged(): Promise<void> {
    const { signal } = this.#abort
    while ((this.#all || this.#changed.size > 0) && !signal.aborted) {
      const ids = [...this.#changed]
      const all = this.#all
      this.#changed.clear()
      this.#all = false
      try {
        await (all ? this.readAll() : this.read(ids))
      } catch (error) {
        this.#all = true
        this.#parts.log.warn({ err: error }, 'stops of other Crispers could not be read; it is tried again')
        await pause(retryMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  async #take(work: () => Promise<readonly Stop[]>): Promise<void> {
    const { open, follower, tasks, mostOpen, onEnded } = this.#parts
    const { value, touched } = await open.during(work)
    const read = value.filter(({ id }) => !touched.has(id))
    // As it is here may be newer, or older.
    if (read.length < value.length) this.onChanged([...touched])
    const ended = read.filter(({ status }) => !isOpen(status))
    for (const stop of ended) follower.forget(stop)
    if (ended.length > 0) onEnded(ended)

    const fresh: string[] = []
    for (const stop of read) {
      if (!isOpen(stop.status) || waitsForItsTurn(stop)) continue
      if (open.get(stop) !== undefined) follower.renew(stop)
      else if (open.size < mostOpen) {
        follower.renew(stop)
        fresh.push(stop.taskId)
      }
    }
    // What was committed here before this was known of the stop was not judged by it.
    for (let at = 0; at < fresh.length; at += slice) {
      follower.onApplied(await tasks.findMany(fresh.slice(at, at + slice)))
    }
  }
}

/** Whoever leads has it in memory when its turn has come. */
function waitsForItsTurn({ batchId, status }: Stop): boolean {
  return batchId !== null && status === 'requested'
}
