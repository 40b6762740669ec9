import { sql, type Transaction } from 'kysely'
import type { DatabaseConnection } from '../../../db/connect.js'
import type { JobsTable } from '../../../db/jobs-table/jobs-table.js'
import { oneAtATime } from '../../../db/one-at-a-time.js'
import type { Database } from '../../../db/schema.js'
import type { Log } from '../../log.js'
import { Repeating } from '../../repeating.js'
import { countSlice, fingerprintOf, hourMs, hourOf, minuteMs } from './count-slice.js'
import {
  dueHour,
  forgetAll,
  hasMoreRowsThan,
  hoursOfStale,
  knowHours,
  knownFingerprint,
  noteCounted,
  takeStale,
  tidy,
} from './hours.js'
import { nothingCounted, readState, writeState } from './state.js'

export interface AttachedRollupParts extends Pick<DatabaseConnection, 'db' | 'pool'> {
  readonly table: JobsTable
  readonly log: Log
  /** A table with no more rows is not worth it: they are counted themselves. */
  readonly fewRows?: number
}

const everyMs = 1000
/** Counting again takes a fifth of the time at most. */
const restTimes = 4
/** Milliseconds that hours are counted again in one go. */
const atOnceMs = 500
const fewRows = 100_000
const sizeEveryMs = minuteMs
/** A minute is counted when it is over for so long; what is written later is named as stale. */
const settleMs = 10_000
const hoursEveryMs = 24 * hourMs
const tidyEveryMs = hourMs

/**
 * Keeps the counts of an application's table, which has no triggers that would: counts all hours once, and again the minutes
 * whose rows we looked at or wrote, each second; and every hour after a twentieth of its age, for what the application changed
 * without an event. One Crisper at a time does.
 */
export class AttachedRollupKeeper {
  readonly #parts: AttachedRollupParts
  readonly #repeating = new Repeating(everyMs, (signal) => this.#keep(signal))
  #restsUntil = 0
  #sizeLookedAt = Number.NEGATIVE_INFINITY
  #hoursLookedAt = Number.NEGATIVE_INFINITY
  #tidiedAt = Number.NEGATIVE_INFINITY

  constructor(parts: AttachedRollupParts) {
    this.#parts = parts
  }

  start(): void {
    this.#repeating.start()
  }

  stop(): Promise<void> {
    return this.#repeating.stop()
  }

  async #keep(signal: AbortSignal): Promise<void> {
    const { pool, log } = this.#parts
    if (performance.now() < this.#restsUntil) return
    try {
      await oneAtATime(pool, 'crisper attached rollup', () => this.#count(signal))
    } catch (error) {
      if (!signal.aborted)
        log.warn({ err: error }, "the jobs of the application's table could not be counted; tried again")
    }
  }

  async #count(signal: AbortSignal): Promise<void> {
    const { db, table } = this.#parts
    const { countedUntil } = await readState(db, table)
    if (countedUntil === null) {
      if (await this.#isWorthIt()) await this.#countAll(signal)
      return
    }
    const begun = performance.now()
    await this.#countChanged(countedUntil, signal)
    const ended = performance.now()
    this.#restsUntil = ended + restTimes * (ended - begun)
  }

  async #isWorthIt(): Promise<boolean> {
    const { db } = this.#parts
    if (performance.now() - this.#sizeLookedAt < sizeEveryMs) return false
    this.#sizeLookedAt = performance.now()
    const most = this.#parts.fewRows ?? fewRows
    if (await hasMoreRowsThan(db, most)) return true
    await this.#forget()
    return false
  }

  async #forget(): Promise<void> {
    const { db, table } = this.#parts
    await forgetAll(db)
    await writeState(db, table, nothingCounted)
  }

  async #countAll(signal: AbortSignal): Promise<void> {
    const { db, table, log } = this.#parts
    const begun = performance.now()
    log.info(
      {},
      "counting the jobs of the application's table; statistics count its rows themselves meanwhile",
    )
    const freshAt = new Date()
    const until = settled(freshAt)
    await this.#forget()
    for (const hour of await this.#lookForHours(until)) {
      signal.throwIfAborted()
      await this.#countHour(hour, until)
    }
    await writeState(db, table, { countedUntil: until, freshAt })
    const seconds = Math.round((performance.now() - begun) / 1000)
    log.info({ seconds }, "the jobs of the application's table are counted")
  }

  async #countChanged(countedUntil: Date, signal: AbortSignal): Promise<void> {
    const { db, table } = this.#parts
    const freshAt = new Date()
    for (const hour of await hoursOfStale(db)) {
      if (signal.aborted) return
      await this.#countStale(hour, countedUntil)
    }
    const until = await this.#advance(countedUntil, settled(freshAt), signal)
    if (signal.aborted) return
    await writeState(db, table, { countedUntil: until, freshAt })
    await this.#countAged(until, signal)
    await this.#lookAround(until)
  }

  /** From the first to the last stale minute of an hour. Those that are not counted yet will be. */
  async #countStale(hour: Date, until: Date): Promise<void> {
    await this.#inSnapshot(async (transaction) => {
      const stale = await takeStale(transaction, hour)
      const to = new Date(Math.min((stale?.last.getTime() ?? 0) + minuteMs, until.getTime()))
      if (stale !== undefined && stale.first < to)
        await countSlice(transaction, this.#parts.table, { from: stale.first, to })
    })
  }

  /** Counts the minutes that are over since; answers how far it came. */
  async #advance(from: Date, target: Date, signal: AbortSignal): Promise<Date> {
    let until = from
    while (until < target && !signal.aborted) {
      const slice = { from: until, to: earlier(new Date(hourOf(until).getTime() + hourMs), target) }
      await this.#inSnapshot(async (transaction) => {
        await countSlice(transaction, this.#parts.table, slice)
        await noteCounted(transaction, hourOf(slice.from), null)
      })
      until = slice.to
    }
    return until
  }

  async #countAged(until: Date, signal: AbortSignal): Promise<void> {
    const begun = performance.now()
    while (performance.now() - begun < atOnceMs && !signal.aborted) {
      const hour = await dueHour(this.#parts.db)
      if (hour === undefined) return
      await this.#countHour(hour, until)
    }
  }

  /** Only where its rows are others than they were: to look whether they are costs a quarter of that. */
  async #countHour(hour: Date, until: Date): Promise<void> {
    const { table } = this.#parts
    const slice = { from: hour, to: earlier(new Date(hour.getTime() + hourMs), until) }
    await this.#inSnapshot(async (transaction) => {
      const fingerprint = slice.from < slice.to ? await fingerprintOf(transaction, table, slice) : null
      const known = await knownFingerprint(transaction, hour)
      if (fingerprint !== null && fingerprint !== known) await countSlice(transaction, table, slice)
      await noteCounted(transaction, hour, fingerprint)
    })
  }

  async #lookAround(until: Date): Promise<void> {
    const now = performance.now()
    if (now - this.#hoursLookedAt > hoursEveryMs) await this.#lookForHours(until)
    if (now - this.#tidiedAt <= tidyEveryMs) return
    await tidy(this.#parts.db)
    this.#tidiedAt = now
  }

  async #lookForHours(until: Date): Promise<readonly Date[]> {
    this.#hoursLookedAt = performance.now()
    return await knowHours(this.#parts.db, until)
  }

  async #inSnapshot(work: (transaction: Transaction<Database>) => Promise<void>): Promise<void> {
    await this.#parts.db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (transaction) => {
        await sql`select set_config('work_mem', '64MB', true), set_config('jit', 'off', true)`.execute(
          transaction,
        )
        await work(transaction)
      })
  }
}

function settled(now: Date): Date {
  return new Date(Math.floor((now.getTime() - settleMs) / minuteMs) * minuteMs)
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b
}
