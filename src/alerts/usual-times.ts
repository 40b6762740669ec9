import { type Kysely, type RawBuilder, sql } from 'kysely'
import { LRUCache } from 'lru-cache'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import type { Database } from '../db/schema.js'

/** Of each name so many of its latest successes say how long it takes; of fewer than the least nobody can say. */
const mostRuns = 1000
const leastRuns = 20
const freshMs = 10 * 60_000
const mostNames = 5000
/** Of all names together, where no index has the names. */
const mostSuccesses = 20_000

/** How long tasks take, by name, as their latest successes say; remembered for some minutes. */
export class UsualTimes {
  readonly #known = new LRUCache<string, { readonly p99: number | null }>({ max: mostNames, ttl: freshMs })

  /** Seconds that 99 of 100 stay within; a name of which there are too few has none. One statement for all names. */
  async of(
    db: Kysely<Database>,
    table: JobsTable,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, number>> {
    const unknown = names.filter((name) => !this.#known.has(name))
    if (unknown.length > 0) await this.#read(db, table, unknown)
    return new Map(
      names.flatMap((name) => {
        const p99 = this.#known.get(name)?.p99 ?? null
        return p99 === null ? [] : [[name, p99]]
      }),
    )
  }

  async #read(db: Kysely<Database>, table: JobsTable, names: readonly string[]): Promise<void> {
    const { rows } = await (table.hasNameIndex ? byName(db, names) : amongNewest(db, names)).execute(db)
    for (const name of names) this.#known.set(name, { p99: null })
    for (const { name, n, p99 } of rows) if (n >= leastRuns) this.#known.set(name, { p99 })
  }
}

interface Row {
  readonly name: string
  readonly n: number
  readonly p99: number
}

/** The latest successes with how long they ran. */
function successes(db: Kysely<Database>) {
  return db
    .selectFrom('job')
    .select([
      'task_name as name',
      sql<number>`extract(epoch from finished_at - started_at)::float8`.as('run'),
    ])
    .where('state', '=', 'SUCCESS')
    .where('started_at', 'is not', null)
    .where('finished_at', 'is not', null)
    .orderBy('created_at', 'desc')
}

/** By the index on name and time. */
function byName(db: Kysely<Database>, names: readonly string[]): RawBuilder<Row> {
  const runs = successes(db).where(sql<boolean>`task_name = wanted.name`).limit(mostRuns)
  return sql<Row>`
    select wanted.name, count(*)::int as n, percentile_disc(0.99) within group (order by run) as p99
      from unnest(${names}::text[]) as wanted(name)
     cross join lateral ${runs} as runs
     group by wanted.name`
}

/**
 * An application's table has no such index as a rule. The latest successes of all names are read by the index on state
 * and time, so that it costs the same however long the table is.
 */
function amongNewest(db: Kysely<Database>, names: readonly string[]): RawBuilder<Row> {
  return sql<Row>`
    select name, count(*)::int as n, percentile_disc(0.99) within group (order by run) as p99
      from ${successes(db).limit(mostSuccesses)} as runs
     where name = any(${names}::text[])
     group by name`
}
