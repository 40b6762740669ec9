import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.js'
import { finishedStates, jobStates } from './job.js'
import { KeptAnswers } from './kept-answers.js'

/** How many unfinished jobs name each queue, by state. */
type UnfinishedByQueue = ReadonlyMap<string, Readonly<Record<string, number>>>

const unfinishedStates = jobStates.filter((state) => !finishedStates.includes(state))

/** Counts unfinished jobs by queue, for all who ask. */
export class UnfinishedCounter {
  readonly #db: Kysely<Database>
  readonly #most: number
  readonly #answers = new KeptAnswers<UnfinishedByQueue>(1)

  /** `most`: queues that are counted at most, those with the most jobs first. */
  constructor(db: Kysely<Database>, most: number) {
    this.#db = db
    this.#most = most
  }

  get(): Promise<UnfinishedByQueue> {
    return this.#answers.get('all', () => countUnfinished(this.#db, this.#most))
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
