import type pg from 'pg'
import { z } from 'zod'
import type { JobsTable } from '../../db/jobs-table/jobs-table.js'
import type { LiveFeed } from '../live-feed.js'
import type { Log } from '../log.js'
import { Repeating } from '../repeating.js'
import { runningRows } from './statements.js'

export interface RowWatchParts {
  readonly pool: pg.Pool
  readonly table: JobsTable
  readonly live: LiveFeed
  readonly log: Log
}

const everyMs = 2000
/** Running tasks that are watched, newest first. */
const most = 500

const row = z.object({ task_id: z.string(), seen: z.string() })

/**
 * Tells the live feed which rows of the application's table changed without an event: its handlers write the progress of
 * running tasks there. Looks only while somebody listens.
 */
export class RowWatch {
  readonly #parts: RowWatchParts
  #seen = new Map<string, string>()
  readonly #repeating = new Repeating(everyMs, () => this.#look())

  constructor(parts: RowWatchParts) {
    this.#parts = parts
  }

  start(): void {
    this.#repeating.start()
  }

  stop(): Promise<void> {
    return this.#repeating.stop()
  }

  async #look(): Promise<void> {
    const { pool, table, live, log } = this.#parts
    if (live.subscribers === 0) {
      this.#seen.clear()
      return
    }
    try {
      const { rows } = await pool.query({ name: 'running-rows', text: runningRows(table, most) })
      const now = new Map(
        z
          .array(row)
          .parse(rows)
          .map(({ task_id, seen }) => [task_id, seen]),
      )
      const changed = [...now].filter(([id, seen]) => this.#seen.get(id) !== seen).map(([id]) => id)
      const ended = [...this.#seen.keys()].filter((id) => !now.has(id))
      this.#seen = now
      live.touch([...changed, ...ended])
    } catch (error) {
      log.warn({ err: error }, 'running rows could not be looked at; it is tried again')
    }
  }
}
