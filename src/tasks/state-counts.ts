import type { Kysely } from 'kysely'
import { LRUCache } from 'lru-cache'
import type { Database } from '../db/schema.js'
import { conditions, type TaskFilter } from './filter.js'

/** How many jobs a filter means, by state. */
export interface StateCounts {
  readonly total: number
  readonly byState: Readonly<Record<string, number>>
  readonly countedAt: Date
}

const mostAnswers = 500
/** An answer is kept for so many times what it cost: cheap ones are fresh, dear ones take a twentieth of a core at most. */
const restPerWork = 20

/** Counts for the tabs of lists that many keep open: equal filters share an answer while it is counted and for a while after. */
export class StateCounter {
  readonly #answers: LRUCache<string, StateCounts, TaskFilter>

  constructor(db: Kysely<Database>) {
    this.#answers = new LRUCache<string, StateCounts, TaskFilter>({
      max: mostAnswers,
      // Set below, after each count.
      ttl: 1,
      // Whoever waits for an answer gets it, also where newer ones have pushed it out.
      ignoreFetchAbort: true,
      fetchMethod: async (_key, _stale, { context, options }) => {
        const begun = performance.now()
        const counts = await countByState(db, context)
        options.ttl = Math.max(1, restPerWork * (performance.now() - begun))
        return counts
      },
    })
  }

  get(filter: TaskFilter): Promise<StateCounts> {
    return this.#answers.forceFetch(JSON.stringify(filter), { context: filter })
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
