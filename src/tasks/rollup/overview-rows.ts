import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../../db/schema.js'
import { type TimeWindow, windowBefore } from '../buckets.js'
import type { TaskFilter } from '../filter.js'
import { type GroupRow, mostKeys } from '../overview-sql.js'
import { type Contributions, companyOfKey } from './contributions.js'
import { quantiles } from './histogram.js'
import type { RollupLevel } from './level.js'
import { type Piece, piecesOf } from './pieces.js'
import { minutesFrom } from './rollup.js'

export interface RollupQuestion {
  readonly level: RollupLevel
  readonly filter: TaskFilter
  readonly window: TimeWindow
  /** Of the points. */
  readonly bucketSeconds: number
  readonly contributions: Contributions
}

/** Of a sum of contributions, by count, waiting time or run time. */
interface SumRow {
  readonly dimension: GroupRow['dimension']
  readonly key: string | null
  readonly current: boolean
  readonly measure: 'count' | 'wait' | 'run'
  readonly state: string | null
  readonly bin: number | null
  readonly n: number
}

/** Whether points of that size can be put together from what rollups keep of the window. */
export function isRolledUp(window: TimeWindow, bucketSeconds: number): boolean {
  return piecesIn(window, bucketSeconds).some(({ span }) => span !== null)
}

/**
 * What the groups of an overview add up to, in one snapshot where `db` is a transaction of one. No names of one owner: those
 * are not kept.
 */
export async function rolledUpRows(db: Kysely<Database>, question: RollupQuestion): Promise<GroupRow[]> {
  const rows = [await pointRows(db, question), await companyRows(db, question)]
  if (question.level === 'type') rows.push(await nameRows(db, question))
  return toGroups(rows.flat())
}

/** Of both windows in whole, and of the window by point and by type. */
async function pointRows(db: Kysely<Database>, question: RollupQuestion): Promise<SumRow[]> {
  const size = sql.lit(question.bucketSeconds)
  const { rows } = await sql<SumRow>`
    with c as materialized (
      select *, floor(extract(epoch from minute)::float8 / ${size}) * ${size} as point
        from (${ofBothWindows(question, question.bucketSeconds)}) b
    ),
    f as (
      select current, point, task_type, measure, state, bin, sum(n) as n
        from (${facts(sql`current, point, task_type`)}) each
       group by 1, 2, 3, 4, 5, 6
    )
    select case when grouping(point) = 0 then 'point' when grouping(task_type) = 0 then 'type' else 'all' end as dimension,
           coalesce(point::text, task_type) as key, current, measure, state, bin, sum(n)::float8 as n
      from f
     group by grouping sets ((current, measure, state, bin), (point, current, measure, state, bin),
                             (task_type, current, measure, state, bin))
    having sum(n) <> 0 and (current or (grouping(point) = 1 and grouping(task_type) = 1))`.execute(db)
  return rows
}

async function nameRows(db: Kysely<Database>, question: RollupQuestion): Promise<SumRow[]> {
  const { rows } = await sql<SumRow>`
    with c as materialized (${ofBothWindows({ ...question, level: 'name' }, daySeconds)}),
    f as (${facts(sql`current, task_name`)})
    select 'name' as dimension, task_name as key, current, measure, state, bin, sum(n)::float8 as n
      from f
     group by task_name, current, measure, state, bin
    having sum(n) <> 0`.execute(db)
  return rows
}

function ofBothWindows(
  { level, filter, window, contributions }: RollupQuestion,
  bucketSeconds: number,
): RawBuilder<unknown> {
  const of = (part: TimeWindow) => contributions(level, filter, piecesIn(part, bucketSeconds))
  return sql`
    select *, true as current from (${of(window)}) c
    union all
    select *, false from (${of(windowBefore(window))}) c`
}

async function companyRows(db: Kysely<Database>, question: RollupQuestion): Promise<SumRow[]> {
  const { filter, window, contributions } = question
  const { rows } = await sql<SumRow>`
    with every as materialized (
      select *, ${companyOfKey} collate "C" as company
        from (${contributions('owner', filter, piecesIn(window, daySeconds))}) c
    ),
    most as (
      select company from every where company is not null group by 1 order by sum(n) desc, company limit ${mostKeys}
    ),
    c as materialized (select * from every where company in (select company from most)),
    f as (${facts(sql`company`)})
    select 'company' as dimension, company as key, true as current, measure, state, bin, sum(n)::float8 as n
      from f
     group by company, measure, state, bin
    having sum(n) <> 0`.execute(db)
  return rows
}

/** The rows of `c` as counts by state and, bin by bin, as times. */
function facts(columns: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select ${columns}, 'count' as measure, state, null::smallint as bin, n from c
    union all
    select ${columns}, 'wait', null, w.bin, w.n from c, unnest(wait_bins, wait_counts) as w (bin, n) where w.bin is not null
    union all
    select ${columns}, 'run', null, w.bin, w.n from c, unnest(run_bins, run_counts) as w (bin, n) where w.bin is not null`
}

/** The longest spans that fit the points. */
function piecesIn(window: TimeWindow, bucketSeconds: number): readonly Piece[] {
  const fitting = ([1440, 60, 1] as const).find((span) => bucketSeconds % (span * 60) === 0)
  return fitting === undefined ? [{ span: null, ...window }] : piecesOf(window, fitting, minutesFrom())
}

interface Group {
  readonly row: Pick<GroupRow, 'dimension' | 'key' | 'current'>
  readonly count: Map<string, number>
  readonly wait: Map<number, number>
  readonly run: Map<number, number>
}

function toGroups(rows: readonly SumRow[]): GroupRow[] {
  const groups = new Map<string, Group>()
  for (const { dimension, key, current, measure, state, bin, n } of rows) {
    const id = `${dimension} ${current} ${key}`
    const group = groups.get(id) ?? {
      row: { dimension, key, current },
      count: new Map(),
      wait: new Map(),
      run: new Map(),
    }
    groups.set(id, group)
    if (measure === 'count') group.count.set(state ?? '', n)
    else if (bin !== null) group[measure].set(bin, n)
  }
  return [...groups.values()].map(({ row, count, wait, run }) => ({
    ...row,
    total: [...count.values()].reduce((sum, n) => sum + n, 0),
    succeeded: count.get('SUCCESS') ?? 0,
    failed: count.get('FAILURE') ?? 0,
    revoked: count.get('REVOKED') ?? 0,
    wait: quantiles(wait, shares),
    run: quantiles(run, shares),
  }))
}

const shares = [0.5, 0.95, 0.99]
const daySeconds = 86_400
