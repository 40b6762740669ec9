import type { Kysely } from 'kysely'
import type pg from 'pg'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import type { Database } from '../db/schema.js'
import { KeptAnswers } from '../tasks/kept-answers.js'
import type { Rollup } from '../tasks/rollup/rollup.js'
import { type DryRun, dryRun } from './dry-run.js'
import type { Retention } from './retention.js'
import type { PastRun } from './run-store.js'
import type { RetentionSettings } from './settings.js'
import { type Storage, storageOf } from './storage.js'

interface Parts {
  readonly db: Kysely<Database>
  readonly pool: pg.Pool
  readonly table: JobsTable
  readonly rollup: Rollup
  readonly settings: RetentionSettings
  /** Where the embedded database is; null: elsewhere. */
  readonly dataDir: string | null
  readonly retention: Retention
}

export interface RetentionNow {
  readonly settings: RetentionSettings
  /** The application's rows stay; only what is ours of them is deleted. */
  readonly attached: boolean
  /** The latest runs, newest first. */
  readonly runs: readonly PastRun[]
  readonly nextAt: Date | null
}

const mostRuns = 10

/** How retention stands, what a run would delete, and what the disk holds. */
export class RetentionView {
  readonly #parts: Parts
  /** Under way, by their seconds. */
  readonly #dryRuns = new Map<number, Promise<DryRun>>()
  readonly #storage = new KeptAnswers<Storage>(1)

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async now(): Promise<RetentionNow> {
    const { settings, table, retention } = this.#parts
    const runs = await retention.latest(mostRuns)
    return { settings, attached: table.attached, runs, nextAt: retention.nextAt(runs[0]) }
  }

  /** Counted for so many seconds at most; joins an equal one that is under way. */
  dryRun(seconds: number): Promise<DryRun> {
    const underWay = this.#dryRuns.get(seconds)
    if (underWay !== undefined) return underWay
    const counting = dryRun(this.#parts, seconds * 1000).finally(() => this.#dryRuns.delete(seconds))
    this.#dryRuns.set(seconds, counting)
    return counting
  }

  storage(): Promise<Storage> {
    return this.#storage.get('', () => storageOf(this.#parts))
  }
}
