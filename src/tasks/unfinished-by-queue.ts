import type { Kysely } from 'kysely'
import { LRUCache } from 'lru-cache'
import type { Database } from '../db/schema.js'
import { finishedStates, jobStates } from './job.js'

/** How many unfinished jobs name each queue, by state. */
type UnfinishedByQueue = ReadonlyMap<string, Readonly<Record<string, number>>>

const unfinishedStates = jobStates.filter((state) => !finishedStates.includes(state))
/** An answer is kept for so many times what it cost: cheap ones are fresh, dear ones take a twentieth of a core at most. */
const restPerWork = 20

/** Counts unfinished jobs by queue: one answer for all who ask while it is counted and for a while after. */
export class UnfinishedCounter {
  readonly #answers: LRUCache<'all', UnfinishedByQueue>

  /** `most`: queues that are counted at most, those with the most jobs first. */
  constructor(db: Kysely<Database>, most: number) {
    this.#answers = new LRUCache<'all', UnfinishedByQueue>({
      max: 1,
      // Set below, after each count.
      ttl: 1,
      ignoreFetchAbort: true,
      fetchMethod: async (_key, _stale, { options }) => {
        const begun = performance.now()
        const counts = await countUnfinished(db, most)
        options.ttl = Math.max(1, restPerWork * (performance.now() - begun))
        return counts
      },
    })
  }

  get(): Promise<UnfinishedByQueue> {
    return this.#answers.forceFetch('all')
  }
}

/** By the index on state and time, which leaves the finished ones, mostly far more, alone. */
async function countUnfinished(db: Kysely<Database>, most: number): Promise<UnfinishedByQueue> {
  const rows = await db
    .selectFrom('job')
    .select(['queue', 'state'])
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .where('state', 'in', unfinishedStates)
    .where('queue', 'is not', null)
    .where('queue', '<>', '')
    .groupBy(['queue', 'state'])
    .orderBy('n', 'desc')
    .limit(most * unfinishedStates.length)
    .execute()
  const counts = new Map<string, Record<string, number>>()
  for (const { queue, state, n } of rows) {
    if (queue === null || (!counts.has(queue) && counts.size >= most)) continue
    counts.set(queue, { ...counts.get(queue), [state]: Number(n) })
  }
  return counts
}
