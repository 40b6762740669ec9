import type { Kysely } from 'kysely'
import type { ResultBackend } from '../celery/results/backend.js'
import type { Database } from '../db/schema.js'
import type { TaskRecord } from '../tasks/record.js'
import { recordOfResult } from '../tasks/record-of-evidence.js'
import { unknownIds } from '../tasks/unknown-ids.js'

/** Seconds by which a host's clock may be behind. */
const marginS = 5
/** Milliseconds of one run that are spent on it; a scan that is not through goes on in the next. */
const budgetMs = 10_000

interface Parts {
  readonly db: Kysely<Database>
  readonly backend: ResultBackend
  readonly apply: (records: readonly TaskRecord[]) => Promise<unknown>
}

/**
 * After a gap, looks through the result backend for tasks that came and went while nobody listened. Those that ended
 * before it are left alone: they may have been deleted here, or be older than Crisper.
 */
export class UnknownTasks {
  readonly #parts: Parts
  #since = Number.POSITIVE_INFINITY
  #scan: AsyncIterator<readonly string[]> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Events since then may be missing; epoch seconds. */
  lookSince(at: number): void {
    this.#since = Math.min(this.#since, at)
    // What was read before may have changed since.
    this.#scan = undefined
  }

  /** Goes on with the scan, if one is wanted. Answers how many tasks were added, and whether there is more to read. */
  async goOn(signal: AbortSignal): Promise<{ added: number; more: boolean }> {
    const { backend } = this.#parts
    if (this.#since === Number.POSITIVE_INFINITY) return { added: 0, more: false }
    const until = performance.now() + budgetMs
    this.#scan ??= backend.taskIds()[Symbol.asyncIterator]()
    const scan = this.#scan
    let added = 0
    while (performance.now() < until && !signal.aborted) {
      const { done, value } = await this.#next(scan)
      if (done) {
        if (this.#scan === scan) {
          this.#scan = undefined
          this.#since = Number.POSITIVE_INFINITY
        }
        return { added, more: false }
      }
      added += await this.#add(value)
    }
    return { added, more: true }
  }

  /** A scan that failed is begun anew. */
  async #next(scan: AsyncIterator<readonly string[]>): Promise<IteratorResult<readonly string[]>> {
    try {
      return await scan.next()
    } catch (error) {
      this.#scan = undefined
      throw error
    }
  }

  async #add(ids: readonly string[]): Promise<number> {
    const { db, backend, apply } = this.#parts
    const unknown = await unknownIds(db, ids)
    if (unknown.length === 0) return 0
    const records = [...(await backend.get(unknown)).values()].flatMap((meta) => {
      const { status, dateDone } = meta
      if (status !== 'SUCCESS' && status !== 'FAILURE' && status !== 'REVOKED') return []
      const at = dateDone === null ? undefined : dateDone.getTime() / 1000
      return at === undefined || at < this.#since - marginS ? [] : [recordOfResult(meta, status, at)]
    })
    if (records.length > 0) await apply(records)
    return records.length
  }
}
