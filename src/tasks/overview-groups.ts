import type { Kysely } from 'kysely'
import { everything } from '../access/scope.js'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import type { Database } from '../db/schema.js'
import type { TimeWindow } from './buckets.js'
import type { TaskFilter } from './filter.js'
import { canReadAll, namesOf, type Population, sampleOf, withTimesOf } from './overview-sample.js'
import { type GroupRow, groupRows, inBoth, nameRows } from './overview-sql.js'
import { levelFor, type RollupLevel } from './rollup/level.js'
import { isRolledUp, rolledUpRows } from './rollup/overview-rows.js'
import { countFrom, type Rollup, type RollupSource } from './rollup/rollup.js'

export interface OverviewQuestion {
  readonly filter: TaskFilter
  readonly window: TimeWindow
  readonly bucketSeconds: number
  readonly table: JobsTable
  readonly rollup: Rollup
}

export interface Groups {
  readonly rows: readonly GroupRow[]
  /** False where times are of histograms or of some jobs. */
  readonly timesExact: boolean
  /** False where the counts by name are estimated from some jobs. */
  readonly namesExact: boolean
}

/**
 * Every number of an overview: of few jobs from the jobs, else from sums, and what those don't tell from all jobs or, in an
 * application's table, from some.
 */
export async function readGroups(db: Kysely<Database>, question: OverviewQuestion): Promise<Groups> {
  const { filter, window, bucketSeconds, table, rollup } = question
  const level = levelFor(filter)
  const source =
    level !== undefined && filter.taskName === undefined && isRolledUp(window, bucketSeconds)
      ? await rollup.source(db)
      : undefined
  const population = level && source && (await populationOf(db, source, level, inBoth(filter, window)))
  if (level === undefined || source === undefined || population === undefined || canReadAll(population)) {
    const rows = await groupRows(db, filter, window, bucketSeconds, table)
    return { rows, timesExact: true, namesExact: true }
  }
  const { contributions, hasTimes } = source
  const counted = await rolledUpRows(db, { level, filter, window, bucketSeconds, contributions })
  const hasNames = level === 'type'
  if (hasTimes) {
    const names = hasNames ? [] : await nameRows(db, filter, window, table)
    return { rows: [...counted, ...names], timesExact: false, namesExact: true }
  }
  const sample = sampleOf(window, bucketSeconds, population)
  const sampled = await groupRows(db, filter, window, bucketSeconds, table, sample)
  const names = hasNames ? [] : namesOf(sampled, counted)
  return { rows: [...withTimesOf(counted, sampled), ...names], timesExact: false, namesExact: hasNames }
}

async function populationOf(
  db: Kysely<Database>,
  source: RollupSource,
  level: RollupLevel,
  filter: TaskFilter,
): Promise<Population> {
  const jobs = await jobsIn(db, source, level, filter)
  const indexed = indexedPart(filter)
  const itsLevel = source.hasTimes || !asksForMore(filter) ? undefined : levelFor(indexed)
  return { jobs, among: itsLevel === undefined ? jobs : await jobsIn(db, source, itsLevel, indexed) }
}

/** Than an application's table has indexes for. */
function asksForMore({ companyId, taskTypes, scope }: TaskFilter): boolean {
  return (
    companyId !== undefined || taskTypes !== undefined || scope.companies !== null || scope.taskTypes !== null
  )
}

/** What an application's table has indexes for; our own has them for all that is counted. */
function indexedPart({ scope, tenantId, kind, states, createdAfter, createdBefore }: TaskFilter): TaskFilter {
  const ofTenants = { ...everything, tenants: scope.tenants }
  return { scope: ofTenants, tenantId, kind, states, createdAfter, createdBefore }
}

async function jobsIn(
  db: Kysely<Database>,
  source: RollupSource,
  level: RollupLevel,
  filter: TaskFilter,
): Promise<number> {
  const { counts } = await countFrom(db, source, level, filter)
  return counts.reduce((sum, { n }) => sum + n, 0)
}
