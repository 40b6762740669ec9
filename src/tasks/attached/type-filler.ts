import type pg from 'pg'
import { z } from 'zod'
import type { JobsTable } from '../../db/jobs-table/jobs-table.js'
import { jobStates } from '../job.js'
import type { Log } from '../log.js'
import { Repeating } from '../repeating.js'
import { learnNames } from '../task-names.js'
import type { TaskTypes } from '../task-types.js'
import { learnAllNames, rowsWithoutType, writeTypes } from './type-statements.js'

export interface TypeFillerParts {
  readonly pool: pg.Pool
  readonly table: JobsTable
  readonly types: TaskTypes
  readonly log: Log
}

const everyMs = 30_000
/** Milliseconds before the last look in which rows are looked at again: what was locked, or written over, since. */
const backMs = 15 * 60_000
/** Rows in one statement. */
const most = 1000

const untyped = z.object({ task_id: z.string(), task_name: z.string(), created_at: z.string() })

/**
 * Gives rows their type that no event told us of: the application wrote them while Crisper or its broker was away, or
 * replaced `meta` after the task had ended. Only rows from the time before it last looked on; history stays as it is. The
 * first time it learns the names of all tasks, so that a search finds them.
 */
export class TypeFiller {
  readonly #parts: TypeFillerParts
  readonly #repeating = new Repeating(everyMs, (signal) => this.#look(signal))

  constructor(parts: TypeFillerParts) {
    this.#parts = parts
  }

  start(): void {
    this.#repeating.start()
  }

  stop(): Promise<void> {
    return this.#repeating.stop()
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { pool, table, log } = this.#parts
    try {
      const begun = new Date()
      const { rows } = await pool.query<{ looked_at: Date }>('select looked_at from type_look')
      const [last] = rows
      if (last === undefined) await pool.query(learnAllNames(table))
      else await this.#fill(new Date(last.looked_at.getTime() - backMs), signal)
      await pool.query(
        `insert into type_look (looked_at) values ($1)
         on conflict (id) do update set looked_at = excluded.looked_at`,
        [begun],
      )
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'types could not be filled in; it is tried again')
    }
  }

  async #fill(since: Date, signal: AbortSignal): Promise<void> {
    const { pool, table, types } = this.#parts
    for (const state of jobStates) {
      let from: string = since.toISOString()
      for (;;) {
        if (signal.aborted) return
        const { rows } = await pool.query(rowsWithoutType(table, most), [state, from])
        const found = z.array(untyped).parse(rows)
        const last = found.at(-1)
        if (last === undefined) break
        const typed = found.map(({ task_id, task_name }) => ({ task_id, task_type: types.of(task_name) }))
        await pool.query(writeTypes(table), [JSON.stringify(typed)])
        await pool.query(learnNames, [[...new Set(found.map(({ task_name }) => task_name))]])
        if (found.length < most || last.created_at === from) break
        from = last.created_at
      }
    }
  }
}
