import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.js'
import { conditions, type TaskFilter } from './filter.js'
import { KeptAnswers } from './kept-answers.js'
import type { Rollup } from './rollup/rollup.js'

/** How many jobs a filter means, by state. */
export interface StateCounts {
  readonly total: number
  readonly byState: Readonly<Record<string, number>>
  readonly countedAt: Date
}

const mostAnswers = 500

/** Counts for lists and their tabs that many keep open: from the rollup, or of the jobs, and then kept where that is dear. */
export class StateCounter {
  readonly #db: Kysely<Database>
  readonly #rollup: Rollup
  readonly #answers = new KeptAnswers<StateCounts>(mostAnswers)

  constructor(db: Kysely<Database>, rollup: Rollup) {
    this.#db = db
    this.#rollup = rollup
  }

  get(filter: TaskFilter): Promise<StateCounts> {
    return this.#answers.get(JSON.stringify(filter), async () => {
      const begun = new Date()
      const { counts, countedAt } = (await this.#rollup.count(this.#db, filter)) ?? {
        counts: await countByState(this.#db, filter),
        countedAt: begun,
      }
      return { ...sumOf(counts), countedAt }
    })
  }
}

interface StateCount {
  readonly state: string
  readonly n: number
}

function sumOf(counts: readonly StateCount[]): Omit<StateCounts, 'countedAt'> {
  const byState: Record<string, number> = {}
  for (const { state, n } of counts) byState[state] = (byState[state] ?? 0) + n
  return { total: counts.reduce((sum, { n }) => sum + n, 0), byState }
}

async function countByState(db: Kysely<Database>, filter: TaskFilter): Promise<StateCount[]> {
  const rows = await db
    .selectFrom('job')
    .select('state')
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .where((eb) => conditions(eb, filter))
    .groupBy('state')
    .orderBy('state')
    .execute()
  return rows.map(({ state, n }) => ({ state, n: Number(n) }))
}
