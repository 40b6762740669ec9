import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/schema.js'
import { finishedStates, jobStates } from './job.js'
import { KeptAnswers } from './kept-answers.js'

/** The unfinished jobs that name a queue. */
export interface Unfinished {
  readonly byState: Readonly<Record<string, number>>
  /** Since when the oldest waits that no worker has taken; null where none does. */
  readonly waitingSince: Date | null
  /** Those that a worker holds until their ETA. */
  readonly delayed: number
}

type UnfinishedByQueue = ReadonlyMap<string, Unfinished>

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
    .select(
      sql<Date | null>`
        min(coalesce(enqueued_at, created_at))
          filter (where state in ('PENDING', 'SENT') and (eta is null or eta <= now()))`.as('since'),
    )
    .select(sql<string>`count(*) filter (where state = 'RECEIVED' and eta > now())`.as('delayed'))
    .where('state', 'in', unfinishedStates)
    .where('queue', 'is not', null)
    .where('queue', '<>', '')
    .groupBy(['queue', 'state'])
    .orderBy('n', 'desc')
    .limit(most * unfinishedStates.length)
    .execute()
  const counts = new Map<string, Unfinished>()
  for (const { queue, state, n, since, delayed } of rows) {
    if (queue === null || (!counts.has(queue) && counts.size >= most)) continue
    const known = counts.get(queue) ?? { byState: {}, waitingSince: null, delayed: 0 }
    counts.set(queue, {
      byState: { ...known.byState, [state]: Number(n) },
      waitingSince: earlier(known.waitingSince, since),
      delayed: known.delayed + Number(delayed),
    })
  }
  return counts
}

function earlier(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other
  return one <= other ? one : other
}
