import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.js'
import { conditions, type TaskFilter } from './filter.js'
import { KeptAnswers } from './kept-answers.js'

/** How many jobs a filter means, by state. */
export interface StateCounts {
  readonly total: number
  readonly byState: Readonly<Record<string, number>>
  readonly countedAt: Date
}

const mostAnswers = 500

/** Counts for the tabs of lists that many keep open. */
export class StateCounter {
  readonly #db: Kysely<Database>
  readonly #answers = new KeptAnswers<StateCounts>(mostAnswers)

  constructor(db: Kysely<Database>) {
    this.#db = db
  }

  get(filter: TaskFilter): Promise<StateCounts> {
    return this.#answers.get(JSON.stringify(filter), () => countByState(this.#db, filter))
  }
}

async function countByState(db: Kysely<Database>, filter: TaskFilter): Promise<StateCounts> {
  const countedAt = new Date()
  const rows = await db
    .selectFrom('job')
    .select('state')
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .where((eb) => conditions(eb, filter))
    .groupBy('state')
    .orderBy('state')
    .execute()
  const byState = Object.fromEntries(rows.map(({ state, n }) => [state, Number(n)]))
  return { total: Object.values(byState).reduce((sum, n) => sum + n, 0), byState, countedAt }
}
