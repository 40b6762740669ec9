import { type Kysely, sql } from 'kysely'
import type { Database } from '../../db/schema.js'
import { hoursBack, type TaskFilter } from '../filter.js'
import { type Contributions, contributions } from './contributions.js'
import { minutesKeptHours } from './fold.js'
import { levelFor, type RollupLevel } from './level.js'
import { type OpenWindow, piecesOf } from './pieces.js'

/** How many jobs have a state and a type. */
export interface DimensionCount {
  readonly state: string
  readonly taskType: string
  readonly n: number
}

/** What the jobs of a filter add up to, as it stood then. */
export interface RolledUp {
  readonly counts: readonly DimensionCount[]
  readonly countedAt: Date
}

/** Sums of jobs as they stand at a moment, to be added up by a statement. */
export interface RollupSource {
  readonly contributions: Contributions
  /** Whether they have histograms of times. */
  readonly hasTimes: boolean
  readonly countedAt: Date
}

/** Counts of jobs from sums, at a cost that does not grow with the jobs. */
export abstract class Rollup {
  /** Undefined where nothing is counted yet. */
  abstract source(db: Kysely<Database>): Promise<RollupSource | undefined>

  /** Undefined also where the filter asks for what jobs are not counted by. */
  async count(db: Kysely<Database>, filter: TaskFilter): Promise<RolledUp | undefined> {
    const level = levelFor(filter)
    const source = level && (await this.source(db))
    return level && source && (await countFrom(db, source, level, filter))
  }
}

/** Minutes are read an hour less long than they are kept, so that none is gone by the time it is read. */
const minutesReadMs = (minutesKeptHours - 1) * 3_600_000

/** Of our own table, kept by triggers: as exact at every moment as a recount. */
export class OwnRollup extends Rollup {
  #built = false

  async source(db: Kysely<Database>): Promise<RollupSource | undefined> {
    return (await this.#isUsable(db)) ? { contributions, hasTimes: true, countedAt: new Date() } : undefined
  }

  async #isUsable(db: Kysely<Database>): Promise<boolean> {
    // Never unbuilt again: a rebuild shows the old one until it is done.
    this.#built ||= await isBuilt(db)
    return this.#built
  }
}

/** What a source says of a filter that this level can answer. */
export async function countFrom(
  db: Kysely<Database>,
  { contributions, countedAt }: RollupSource,
  level: RollupLevel,
  filter: TaskFilter,
): Promise<RolledUp> {
  const pieces = piecesOf(windowOf(filter), 1440, minutesFrom())
  if (pieces.length === 0) return { counts: [], countedAt }
  const { rows } = await sql<{ state: string; task_type: string; n: number }>`
    select state, task_type, sum(n)::float8 as n
      from (${contributions(level, filter, pieces)}) c
     group by 1, 2
    having sum(n) <> 0`.execute(db)
  return { counts: rows.map(({ state, task_type: taskType, n }) => ({ state, taskType, n })), countedAt }
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
