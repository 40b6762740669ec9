import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.js'
import { conditions, type TaskFilter, taskTypeSql } from './filter.js'
import { isFinished } from './job.js'
import { countLost } from './lost-tasks.js'
import type { DimensionCount, Rollup } from './rollup/rollup.js'

/** Counts of the jobs created in a window of time. */
export interface Statistics {
  readonly total: number
  /** Every state that is not SUCCESS, FAILURE or REVOKED. */
  readonly running: number
  readonly completed: number
  readonly failed: number
  readonly revoked: number
  /** Those that nobody has although they should run. */
  readonly lost: number
  readonly byState: Readonly<Record<string, number>>
  readonly byTaskType: Readonly<Record<string, number>>
}

/** All counts by state and type come from one query, so that they add up. */
export async function statistics(
  db: Kysely<Database>,
  filter: TaskFilter,
  rollup: Rollup,
): Promise<Statistics> {
  const [rolledUp, lost] = await Promise.all([rollup.count(db, filter), countLost(db, filter)])
  const counts = rolledUp ?? (await countByStateAndType(db, filter))
  const byState = sumBy(counts, ({ state }) => state)
  return {
    total: sum(counts),
    running: sum(counts.filter(({ state }) => !isFinished(state))),
    completed: byState.SUCCESS ?? 0,
    failed: byState.FAILURE ?? 0,
    revoked: byState.REVOKED ?? 0,
    lost,
    byState,
    byTaskType: sumBy(counts, ({ taskType }) => taskType),
  }
}

async function countByStateAndType(db: Kysely<Database>, filter: TaskFilter): Promise<DimensionCount[]> {
  const rows = await db
    .selectFrom('job')
    .select(['state', taskTypeSql.as('task_type')])
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .where((eb) => conditions(eb, filter))
    .groupBy(['state', taskTypeSql])
    .execute()
  return rows.map(({ state, task_type: taskType, n }) => ({ state, taskType, n: Number(n) }))
}

function sum(counts: readonly DimensionCount[]): number {
  return counts.reduce((total, { n }) => total + n, 0)
}

function sumBy(
  counts: readonly DimensionCount[],
  key: (count: DimensionCount) => string,
): Record<string, number> {
  const sums = new Map<string, number>()
  for (const count of counts) sums.set(key(count), (sums.get(key(count)) ?? 0) + count.n)
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
}
