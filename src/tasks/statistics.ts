import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.js'
import { conditions, type TaskFilter, taskTypeSql } from './filter.js'
import { isFinished } from './job.js'
import { countLost } from './lost-tasks.js'

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
export async function statistics(db: Kysely<Database>, filter: TaskFilter): Promise<Statistics> {
  const [rows, lost] = await Promise.all([countByStateAndType(db, filter), countLost(db, filter)])
  const counts = rows.map(({ state, task_type, n }) => ({ state, type: task_type, n: Number(n) }))
  const byState = sumBy(counts, ({ state }) => state)
  return {
    total: sum(counts),
    running: sum(counts.filter(({ state }) => !isFinished(state))),
    completed: byState.SUCCESS ?? 0,
    failed: byState.FAILURE ?? 0,
    revoked: byState.REVOKED ?? 0,
    lost,
    byState,
    byTaskType: sumBy(counts, ({ type }) => type),
  }
}

function countByStateAndType(db: Kysely<Database>, filter: TaskFilter) {
  return db
    .selectFrom('job')
    .select(['state', taskTypeSql.as('task_type')])
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .where((eb) => conditions(eb, filter))
    .groupBy(['state', taskTypeSql])
    .execute()
}

interface Count {
  readonly state: string
  readonly type: string
  readonly n: number
}

function sum(counts: readonly Count[]): number {
  return counts.reduce((total, { n }) => total + n, 0)
}

function sumBy(counts: readonly Count[], key: (count: Count) => string): Record<string, number> {
  const sums = new Map<string, number>()
  for (const count of counts) sums.set(key(count), (sums.get(key(count)) ?? 0) + count.n)
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
}
