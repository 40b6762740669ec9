import type { Kysely } from 'kysely'
import { isEverything, type Scope } from '../access/scope.js'
import type { Database } from '../db/schema.js'
import type { TaskFilter } from './filter.js'
import type { Job } from './job.js'
import type { Log } from './log.js'
import { findMatching } from './queries.js'
import type { AppliedTask } from './store.js'

/** What a subscriber is told, some sixteen times a second at most. */
export interface LiveFrame {
  /** Jobs that changed and match the filter, as they stand now. */
  readonly jobs: readonly Job[]
  /** Tasks that changed and do not match it (any more): they may have left the list. */
  readonly gone: readonly string[]
  /** So many changed that they are not listed: look again. */
  readonly many: boolean
}

type Listener = (frame: LiveFrame) => void

interface Audience {
  readonly filter: TaskFilter
  readonly listeners: Set<Listener>
}

/** Milliseconds in which changes are gathered. Four times as many cost hardly less (docs/performance.md), and are told later. */
const frameMs = 60
/** Changed tasks named in one frame at most. */
const mostNamed = 500

/**
 * Tells subscribers which jobs changed, after commit, gathered into frames. Subscribers with the same
 * filter share one query a frame.
 */
export class LiveFeed {
  readonly #db: Kysely<Database>
  readonly #log: Log
  readonly #audiences = new Map<string, Audience>()
  readonly #changed = new Set<string>()
  #overflowed = false
  #timer: NodeJS.Timeout | undefined

  constructor(db: Kysely<Database>, log: Log) {
    this.#db = db
    this.#log = log
  }

  get subscribers(): number {
    return [...this.#audiences.values()].reduce((sum, { listeners }) => sum + listeners.size, 0)
  }

  /** Returns the function that unsubscribes. */
  subscribe(filter: TaskFilter, listener: Listener): () => void {
    const key = JSON.stringify(filter)
    const audience = this.#audiences.get(key) ?? { filter, listeners: new Set() }
    audience.listeners.add(listener)
    this.#audiences.set(key, audience)
    return () => {
      audience.listeners.delete(listener)
      if (audience.listeners.size === 0) this.#audiences.delete(key)
    }
  }

  /** What was committed. */
  onApplied(tasks: readonly AppliedTask[]): void {
    this.touch(tasks.map(({ job }) => job.taskId))
  }

  /** Rows that changed, whoever wrote them. */
  touch(taskIds: readonly string[]): void {
    if (this.#audiences.size === 0 || taskIds.length === 0) return
    for (const taskId of taskIds) {
      if (this.#changed.size < mostNamed) this.#changed.add(taskId)
      else this.#overflowed ||= !this.#changed.has(taskId)
    }
    this.#timer ??= setTimeout(() => void this.#flush(), frameMs)
  }

  /** So many changed that nobody says which. */
  touchMany(): void {
    if (this.#audiences.size === 0) return
    this.#overflowed = true
    this.#timer ??= setTimeout(() => void this.#flush(), frameMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#audiences.clear()
  }

  async #flush(): Promise<void> {
    const ids = [...this.#changed]
    const many = this.#overflowed
    this.#changed.clear()
    this.#overflowed = false
    this.#timer = undefined
    await Promise.all([...this.#audiences.values()].map((audience) => this.#tell(audience, ids, many)))
  }

  async #tell({ filter, listeners }: Audience, ids: readonly string[], many: boolean): Promise<void> {
    try {
      const visible = await this.#visible(ids, filter.scope)
      const jobs = await findMatching(this.#db, visible, filter)
      const matching = new Set(jobs.map(({ taskId }) => taskId))
      const frame = { jobs, gone: visible.filter((id) => !matching.has(id)), many }
      // That others' tasks change is nobody's business.
      if (visible.length === 0 && !many) return
      for (const listener of listeners) listener(frame)
    } catch (error) {
      this.#log.warn({ err: error }, 'a live frame was left out')
    }
  }
  async #visible(ids: readonly string[], scope: Scope): Promise<readonly string[]> {
    if (isEverything(scope)) return ids
    return (await findMatching(this.#db, ids, { scope })).map(({ taskId }) => taskId)
  }
}
