import type { Kysely } from 'kysely'
import type pg from 'pg'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import { oneAtATime } from '../db/one-at-a-time.js'
import type { Database } from '../db/schema.js'
import type { Log } from '../tasks/log.js'
import { Repeating } from '../tasks/repeating.js'
import { NothingToDelete, RunGoesOn } from './errors.js'
import { deletedTasks, noProgress, type RunProgress, runRetention } from './run.js'
import { type PastRun, RunStore } from './run-store.js'
import { deletesSomething, type RetentionSettings } from './settings.js'

export interface RetentionParts {
  readonly db: Kysely<Database>
  readonly pool: pg.Pool
  readonly table: JobsTable
  readonly settings: RetentionSettings
  readonly log: Log
  /** Told of each run of this process that has ended. */
  readonly onEnded?: (run: PastRun) => void
}

/** A run that is asked for. */
interface Order {
  /** null: it runs by itself. */
  readonly by: string | null
  readonly onProgress?: (progress: Readonly<RunProgress>) => void
}

interface Begun extends Order {
  readonly began: Date
  readonly signal: AbortSignal
}

/** Milliseconds between two looks whether a run is due. */
const lookMs = 30_000
/** Milliseconds after which one that failed or was ended is begun anew. */
const againMs = 600_000
/** Milliseconds between two times that the database is told how far a run is. */
const tellMs = 1000

/** Runs at intervals, and when somebody asks for it: one Crisper on a database at a time. */
export class Retention {
  readonly #parts: RetentionParts
  readonly #runs: RunStore
  readonly #abort = new AbortController()
  readonly #repeating = new Repeating(lookMs, () => this.#runIfDue())
  #running: Promise<unknown> | undefined

  constructor(parts: RetentionParts) {
    this.#parts = parts
    this.#runs = new RunStore(parts.db)
  }

  start(): void {
    if (deletesSomething(this.#parts.settings)) this.#repeating.start()
  }

  /** A run that is under way ends after its slice. */
  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#repeating.stop()
    await this.#running?.catch(() => {})
  }

  /** Runs now, to its end. Rejects with NothingToDelete, RunGoesOn, or what went wrong. */
  async run(order: Order): Promise<PastRun> {
    const { ended } = await this.#begin(order)
    return await ended
  }

  /** As `run`, but resolves as soon as it has begun. */
  async startRun(by: string): Promise<PastRun> {
    const { first, ended } = await this.#begin({ by })
    ended.catch((error) => this.#parts.log.warn({ err: error, by }, 'old tasks could not be deleted'))
    return first
  }

  /** Newest first. */
  latest(limit: number): Promise<PastRun[]> {
    return this.#runs.latest(limit)
  }

  /** When it runs by itself again; null: never. `last` is the latest run. */
  nextAt(last: PastRun | undefined): Date | null {
    const { settings } = this.#parts
    if (!deletesSomething(settings)) return null
    if (last === undefined) return new Date()
    const regular = last.startedAt.getTime() + settings.every
    const ended = last.endedAt?.getTime()
    const soon = last.through || ended === undefined ? regular : ended + againMs
    return new Date(Math.min(regular, soon))
  }

  async #runIfDue(): Promise<void> {
    const { log } = this.#parts
    try {
      const [last] = await this.#runs.latest(1)
      // One that has not ended goes on or was interrupted: the lock tells which.
      const isOpen = last !== undefined && last.endedAt === null
      const next = this.nextAt(last)
      if (isOpen || (next !== null && next.getTime() <= Date.now())) await this.run({ by: null })
    } catch (error) {
      if (error instanceof RunGoesOn) return
      log.warn({ err: error }, 'old tasks could not be deleted; it is tried again')
    }
  }

  /** Resolves when the run has begun, with how it began and its end. */
  #begin(order: Order): Promise<{ first: PastRun; ended: Promise<PastRun> }> {
    const { pool, settings } = this.#parts
    if (!deletesSomething(settings)) throw new NothingToDelete()
    return new Promise((resolve, reject) => {
      const work = oneAtATime(pool, 'crisper retention', async (lost) => {
        const begun: Begun = {
          ...order,
          began: new Date(),
          signal: AbortSignal.any([this.#abort.signal, lost]),
        }
        const id = await this.#runs.begin(begun.by, begun.began)
        const ended = this.#work(id, begun)
        const first = { startedAt: begun.began, endedAt: null, by: begun.by, ...notYet }
        resolve({ first, ended })
        await ended
        return 'done'
      })
      this.#running = work
      work.then((done) => {
        if (done === undefined) reject(new RunGoesOn())
      }, reject)
    })
  }

  async #work(id: string, { by, began, signal, onProgress }: Begun): Promise<PastRun> {
    const { pool, table, settings, log, onEnded } = this.#parts
    let toldAt = Date.now()
    let progress: Readonly<RunProgress> = noProgress()
    const end = async (problem: string | null) => {
      const through = problem === null && !signal.aborted
      await this.#runs.end(id, progress, { through, problem })
      const run = { startedAt: began, endedAt: new Date(), by, progress, through, problem }
      onEnded?.(run)
      return run
    }
    const tell = async (now: Readonly<RunProgress>) => {
      progress = now
      onProgress?.(now)
      if (Date.now() - toldAt < tellMs) return
      toldAt = Date.now()
      await this.#runs.tell(id, now)
    }
    try {
      await runRetention({ pool, table, settings, began, signal, onProgress: tell })
      log.info({ deleted: deletedTasks(progress), stops: progress.stops, by }, 'old tasks were deleted')
      return await end(null)
    } catch (error) {
      await end(error instanceof Error ? error.message : String(error)).catch(() => {})
      throw error
    }
  }
}

const notYet = { progress: noProgress(), through: false, problem: null }
