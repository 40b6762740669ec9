import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import { LRUCache } from 'lru-cache'
import { isPlainObject } from '../celery/json-value.js'
import { isCustom, type ResultBackend } from '../celery/results/backend.js'
import type { Database } from '../db/schema.js'
import { canonical } from './canonical.js'
import { contextOf } from './context.js'
import { type JobState, runningStates } from './job.js'
import type { Log } from './log.js'
import { progressOf } from './progress.js'
import type { Context, Progress, TaskRecord } from './record.js'
import { recordOfProgress } from './record-of-evidence.js'
import { Repeating } from './repeating.js'
import { type Position, rowsInState } from './rows-in-state.js'
import type { AppliedTask } from './store.js'

interface Parts {
  readonly db: Kysely<Database>
  readonly backend: ResultBackend
  readonly find: (taskIds: readonly string[]) => Promise<readonly AppliedTask[]>
  /** Writes what was learned, and tells those whom it concerns. */
  readonly apply: (records: readonly TaskRecord[]) => Promise<void>
  readonly log: Log
}

/** Milliseconds between two looks: so often at most the progress of one task is written. */
const everyMs = 2000
/** Running tasks of one state that are looked at each time. Where there are more, they take turns. */
const most = 2000

/**
 * Reads how far tasks are that tell it by a state of their own in the result backend (`update_state`), and writes it to
 * their records: no event says so.
 *
 * Celery publishes on Redis whatever it stores, but that is every result of every task, read by whoever listens: a look at
 * a thousand running tasks costs a third of the messages of a thousand, however often those change, and works on every backend.
 */
export class ProgressWatch {
  readonly #parts: Parts
  /** A digest of what each task told last: what it tells again is no news. */
  readonly #told = new LRUCache<string, string>({ max: 20_000 })
  readonly #positions = new Map<JobState, Position>()
  readonly #repeating = new Repeating(everyMs, () => this.#look())
  #failing = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    if (this.#parts.backend.why === null) this.#repeating.start()
  }

  stop(): Promise<void> {
    return this.#repeating.stop()
  }

  async #look(): Promise<void> {
    try {
      await this.#read(await this.#running())
      this.#failing = false
    } catch (error) {
      if (!this.#failing) {
        this.#parts.log.warn(
          { err: error },
          'the progress of running tasks could not be read; it is tried again',
        )
      }
      this.#failing = true
    }
  }

  async #running(): Promise<string[]> {
    const slices = await Promise.all(runningStates.map((state) => this.#slice(state)))
    return slices.flat()
  }

  /** The next ones in that state. */
  async #slice(state: JobState): Promise<string[]> {
    const after = this.#positions.get(state)
    const { rows, next } = await rowsInState(this.#parts.db, state, { after, limit: most })
    if (next === undefined) this.#positions.delete(state)
    else this.#positions.set(state, next)
    return rows.map(({ task_id }) => task_id)
  }

  async #read(taskIds: readonly string[]): Promise<void> {
    if (taskIds.length === 0) return
    const at = Date.now() / 1000
    const told = new Map<string, Told>()
    for (const [taskId, { status, result }] of await this.#parts.backend.get(taskIds)) {
      if (!isCustom(status) || !isPlainObject(result)) continue
      const progress = progressOf(result, at)
      const digest = digestOf(result)
      if (progress === undefined || digest === this.#told.get(taskId)) continue
      told.set(taskId, { digest, progress, context: contextOf({ meta: result.meta }, at) })
    }
    if (told.size === 0) return
    const known = await this.#parts.find([...told.keys()])
    const news = known.flatMap(({ record }) => this.#newsOf(record, told.get(record.taskId)) ?? [])
    if (news.length > 0) await this.#parts.apply(news)
    for (const [taskId, { digest }] of told) this.#told.set(taskId, digest)
  }

  #newsOf(record: TaskRecord, told: Told | undefined): TaskRecord | undefined {
    if (told === undefined) return undefined
    // Nobody knows when it was stored: what is seen for the first time may be older than what events said.
    const isFirst = !this.#told.has(record.taskId)
    if (isFirst && (record.progress?.done ?? -1) >= (told.progress.done ?? 0)) return undefined
    return recordOfProgress(record, told.progress, told.context)
  }
}

interface Told {
  readonly digest: string
  readonly progress: Progress
  readonly context: Context | undefined
}

/** Not the text: a task may store megabytes beside its progress. */
function digestOf(value: object): string {
  return createHash('sha1').update(canonical(value)).digest('base64')
}
