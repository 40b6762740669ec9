import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.js'
import { conditions, type TaskFilter, taskTypeSql } from './filter.js'
import { isFinished } from './job.js'
import { KeptAnswers } from './kept-answers.js'
import { countLost } from './lost-tasks.js'
import type { DimensionCount, RolledUp, Rollup } from './rollup/rollup.js'

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
  readonly countedAt: Date
}

/** Different questions whose answers are kept. */
const mostAnswers = 500

/** Counts from the rollup; where that has none, of the jobs, and then kept where that is dear. */
export class StatisticsCounter {
  readonly #db: Kysely<Database>
  readonly #rollup: Rollup
  readonly #answers = new KeptAnswers<RolledUp>(mostAnswers)

  constructor(db: Kysely<Database>, rollup: Rollup) {
    this.#db = db
    this.#rollup = rollup
  }

  async get(filter: TaskFilter): Promise<Statistics> {
    const [counted, lost] = await Promise.all([this.#count(filter), countLost(this.#db, filter)])
    return statisticsOf(counted, lost)
  }

  async #count(filter: TaskFilter): Promise<RolledUp> {
    const rolledUp = await this.#rollup.count(this.#db, filter)
    if (rolledUp !== undefined) return rolledUp
    return await this.#answers.get(JSON.stringify(filter), async () => ({
      countedAt: new Date(),
      counts: await countByStateAndType(this.#db, filter),
    }))
  }
}

/** All come from the same counts by state and type, so that they add up. */
function statisticsOf({ counts, countedAt }: RolledUp, lost: number): Statistics {
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
    countedAt,
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
