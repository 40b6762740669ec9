import type { Kysely } from 'kysely'
import type { Database } from '../../../src/db/schema.js'
import { conditions, type TaskFilter, taskTypeSql } from '../../../src/tasks/filter.js'
import type { DimensionCount, RolledUp } from '../../../src/tasks/rollup/rollup.js'

/** The counts of a filter by the jobs themselves, sorted. */
export async function recount(db: Kysely<Database>, filter: TaskFilter): Promise<DimensionCount[]> {
  const rows = await db
    .selectFrom('job')
    .select(['state', taskTypeSql.as('taskType')])
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .where((eb) => conditions(eb, filter))
    .groupBy(['state', taskTypeSql])
    .execute()
  return sorted(rows.map(({ n, ...row }) => ({ ...row, n: Number(n) })))
}

/** Those of a rollup, sorted. */
export function countsOf(rolledUp: RolledUp | undefined): DimensionCount[] {
  if (rolledUp === undefined) throw new Error('the rollup did not answer')
  return sorted(rolledUp.counts)
}

function sorted(counts: readonly DimensionCount[]): DimensionCount[] {
  return counts.toSorted((a, b) => (`${a.state} ${a.taskType}` < `${b.state} ${b.taskType}` ? -1 : 1))
}
