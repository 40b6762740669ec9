import { type Kysely, sql } from 'kysely'
import type { JobsTable } from '../../db/jobs-table/jobs-table.js'
import type { Database } from '../../db/schema.js'
import { hoursBack, type TaskFilter } from '../filter.js'
import { contributions } from './contributions.js'
import { minutesKeptHours } from './fold.js'
import { levelFor } from './level.js'
import { type OpenWindow, piecesOf } from './pieces.js'

/** How many jobs have a state and a type. */
export interface DimensionCount {
  readonly state: string
  readonly taskType: string
  readonly n: number
}

/** Minutes are read an hour less long than they are kept, so that none is gone by the time it is read. */
const minutesReadMs = (minutesKeptHours - 1) * 3_600_000

/**
 * Counts of jobs from the rollup: as exact as a recount, at a cost that does not grow with the jobs. Only of our own table:
 * an application's gets no triggers.
 */
export class Rollup {
  readonly #table: JobsTable
  #built = false

  constructor(table: JobsTable) {
    this.#table = table
  }

  /** Undefined where the filter asks for what jobs are not counted by, or the rollup is not built yet. */
  async count(db: Kysely<Database>, filter: TaskFilter): Promise<readonly DimensionCount[] | undefined> {
    const level = levelFor(filter)
    if (level === undefined || !(await this.#isUsable(db))) return undefined
    const pieces = piecesOf(windowOf(filter), 1440, minutesFrom())
    if (pieces.length === 0) return []
    const { rows } = await sql<{ state: string; task_type: string; n: number }>`
      select state, task_type, sum(n)::float8 as n
        from (${contributions(level, filter, pieces)}) c
       group by 1, 2
      having sum(n) <> 0`.execute(db)
    return rows.map(({ state, task_type: taskType, n }) => ({ state, taskType, n }))
  }

  async #isUsable(db: Kysely<Database>): Promise<boolean> {
    if (this.#table.attached) return false
    // Never unbuilt again: a rebuild shows the old one until it is done.
    this.#built ||= await isBuilt(db)
    return this.#built
  }
}

export async function isBuilt(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await sql<{ built: boolean }>`
    select built_at is not null as built from rollup_state`.execute(db)
  return rows[0]?.built === true
}

/** The first minute that can still be read. */
export function minutesFrom(now = new Date()): Date {
  return new Date(now.getTime() - minutesReadMs)
}

function windowOf({ hoursAgo, createdAfter, createdBefore }: TaskFilter): OpenWindow {
  const starts = [
    ...(hoursAgo === undefined ? [] : [hoursBack(hoursAgo).getTime()]),
    ...(createdAfter === undefined ? [] : [createdAfter.getTime()]),
  ]
  return { from: starts.length === 0 ? null : new Date(Math.max(...starts)), to: createdBefore ?? null }
}
