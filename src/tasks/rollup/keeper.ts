import { sql } from 'kysely'
import type { Log } from '../log.js'
import { Repeating } from '../repeating.js'
import { fold, minutesKeptHours, mostDeltas } from './fold.js'
import { foldingAlone, type RollupDatabase } from './folding-alone.js'
import { rebuild } from './rebuild.js'
import { isBuilt } from './rollup.js'

const everyMs = 1000
/** Folding takes no more than a tenth of the time, as long as the deltas that wait meanwhile are quick to read. */
const restTimes = 10
const longestRestMs = 5000
/** Deltas that are gone, but still in the way of those who read the others. */
const mostDead = 20_000
const tidyEveryMs = 3_600_000

/**
 * Keeps the rollup small to read: adds up its deltas every second, or every few where they are many, and forgets old minutes.
 * One Crisper at a time does.
 */
export class RollupKeeper {
  readonly #database: RollupDatabase
  readonly #log: Log
  readonly #repeating = new Repeating(everyMs, (signal) => this.#keep(signal))
  #dead = 0
  #tidiedAt = 0
  #restsUntil = 0
  #built = false

  constructor(database: RollupDatabase, log: Log) {
    this.#database = database
    this.#log = log
  }

  start(): void {
    this.#repeating.start()
  }

  stop(): Promise<void> {
    return this.#repeating.stop()
  }

  async #keep(signal: AbortSignal): Promise<void> {
    try {
      this.#built ||= await isBuilt(this.#database.db)
      if (!this.#built) await this.#build(signal)
      else if (performance.now() >= this.#restsUntil) await this.#fold(signal)
    } catch (error) {
      if (!signal.aborted) this.#log.warn({ err: error }, 'the rollup could not be kept; tried again')
    }
  }

  async #build(signal: AbortSignal): Promise<void> {
    const begun = performance.now()
    this.#log.info({}, 'counting all jobs for the rollup; statistics count the jobs themselves meanwhile')
    if (await rebuild(this.#database, { signal })) {
      this.#log.info({ seconds: Math.round((performance.now() - begun) / 1000) }, 'the rollup is built')
    }
  }

  async #fold(signal: AbortSignal): Promise<void> {
    const begun = performance.now()
    const folded = await foldingAlone(this.#database, fold)
    if (folded === undefined) return
    const ended = performance.now()
    this.#restsUntil = ended + Math.min(longestRestMs, restTimes * (ended - begun))
    this.#dead += folded
    if (this.#dead >= mostDead) {
      await sql`vacuum job_rollup_delta`.execute(this.#database.db)
      this.#dead = 0
    }
    if (Date.now() - this.#tidiedAt > tidyEveryMs) {
      await tidy(this.#database)
      this.#tidiedAt = Date.now()
    }
    if (folded === mostDeltas && !signal.aborted) await this.#fold(signal)
  }
}

/** Minutes that are not read any more, and what came to nothing. */
async function tidy(database: RollupDatabase): Promise<void> {
  await foldingAlone(database, async (transaction) => {
    await sql`
      delete from job_rollup
       where n = 0 or (span = 1 and bucket < now() - make_interval(hours => ${sql.lit(minutesKeptHours)}))`.execute(
      transaction,
    )
  })
}
