import { statfs } from 'node:fs/promises'
import type { Kysely } from 'kysely'
import type pg from 'pg'
import { z } from 'zod'
import { everything } from '../access/scope.js'
import { ourSchema } from '../db/connect.js'
import { type JobsTable, quotedTable } from '../db/jobs-table/jobs-table.js'
import type { Database } from '../db/schema.js'
import { finishedStates } from '../tasks/job.js'
import type { Rollup } from '../tasks/rollup/rollup.js'
import { forecast, type Portion } from './forecast.js'
import { judgementOf } from './judgement.js'
import type { RetentionSettings } from './settings.js'

interface TableSize {
  readonly name: string
  /** As PostgreSQL estimates. */
  readonly rows: number
  /** With what it keeps apart for long values. */
  readonly bytes: number
  readonly indexBytes: number
}

interface DayGrowth {
  /** Its beginning, UTC. */
  readonly day: Date
  readonly tasks: number
  /** There were too many to count them: as PostgreSQL estimates. */
  readonly estimated: boolean
}

export interface Storage {
  readonly tables: readonly TableSize[]
  /** Of the disk of the embedded database; null: it is not here. */
  readonly freeBytes: number | null
  readonly growth: readonly DayGrowth[]
  readonly tasksPerDay: number
  /** With its detail and what the indexes hold of both; null while there are too few to tell. */
  readonly bytesPerTask: number | null
  readonly forecasts: readonly {
    readonly days: number
    readonly without: Amount
    readonly withRules: Amount
  }[]
}

export interface Amount {
  readonly tasks: number
  /** null: what one takes can't be told yet. */
  readonly bytes: number | null
}

interface Parts {
  readonly db: Kysely<Database>
  readonly pool: pg.Pool
  readonly table: JobsTable
  readonly rollup: Rollup
  readonly settings: RetentionSettings
  /** Where the embedded database is; null: elsewhere. */
  readonly dataDir: string | null
}

const dayMs = 86_400_000
const growthDays = 7
const forecastDays = [30, 90, 365]
/** Tasks of a day that are counted where there is no rollup; of more there is an estimate. */
const mostCounted = 200_000
/** Tasks of each state in which they end that are looked at for which rules they belong to. */
const sampled = 5000
/** Fewer tell nothing of what one takes. */
const fewest = 1000

const tableRow = z.object({
  name: z.string(),
  rows: z.coerce.number(),
  bytes: z.coerce.number(),
  index_bytes: z.coerce.number(),
})
const plan = z.tuple([z.object({ Plan: z.object({ 'Plan Rows': z.number() }) })])
const portionRow = z.object({ rule: z.number().nullable(), n: z.coerce.number() })

/** What the disk holds and where it is heading. Takes little however many tasks there are: it counts in bounds. */
export async function storageOf(parts: Parts): Promise<Storage> {
  const { pool, table, dataDir } = parts
  const tables = await tableSizes(pool, table)
  // One question after the other: others need connections, too.
  const growth: DayGrowth[] = []
  for (const day of daysBefore(new Date())) growth.push(await growthOf(parts, day))
  const tasksPerDay = growth.reduce((sum, { tasks }) => sum + tasks, 0) / growthDays
  const sizeOf = (wanted: string) => tables.find(({ name }) => name === wanted)
  const rows = sizeOf(table.name)?.rows ?? 0
  const each = (wanted: string) => {
    const size = sizeOf(wanted)
    return size === undefined || rows < fewest ? null : (size.bytes + size.indexBytes) / rows
  }
  const rowBytes = each(table.name)
  const detailBytes = each('task_detail')
  const known = rowBytes !== null && detailBytes !== null
  const portions = await portionsOf(parts)
  const younger = new Map<number, number>()
  for (const ms of new Set(portions.flatMap(agesNeeded))) younger.set(ms, await estimateSince(parts, ms))
  const youngerThan = (ms: number | null) => (ms === null ? rows : Math.min(rows, younger.get(ms) ?? 0))
  return {
    tables,
    freeBytes: dataDir === null ? null : await freeBytesOf(dataDir),
    growth,
    tasksPerDay,
    bytesPerTask: known ? rowBytes + detailBytes : null,
    forecasts: forecastDays.map((days) => {
      const { without, withRules } = forecast({ tasksPerDay, portions, youngerThan }, days)
      // An application's rows stay, whatever the rules say.
      const rowsLeft = table.attached ? without : withRules
      return {
        days,
        without: { tasks: without, bytes: known ? without * (rowBytes + detailBytes) : null },
        withRules: { tasks: withRules, bytes: known ? rowsLeft * rowBytes + withRules * detailBytes : null },
      }
    }),
  }
}

/** Of our schema, and the application's table in place of our own, which is there, too, and empty. */
async function tableSizes(pool: pg.Pool, { schema, name }: JobsTable): Promise<TableSize[]> {
  const { rows } = await pool.query(
    `select c.relname as name,
            greatest(coalesce(nullif(s.n_live_tup, 0)::float8, c.reltuples), 0)::bigint as rows,
            pg_table_size(c.oid) as bytes, pg_indexes_size(c.oid) as index_bytes
       from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       left join pg_stat_all_tables s on s.relid = c.oid
      where c.relkind = 'r'
        and ((n.nspname = $1 and c.relname <> 'job') or (n.nspname = $2 and c.relname = $3))
      order by pg_total_relation_size(c.oid) desc`,
    [ourSchema, schema, name],
  )
  return z
    .array(tableRow)
    .parse(rows)
    .map(({ index_bytes: indexBytes, ...size }) => ({ ...size, indexBytes }))
}

/** The last whole days, the latest last. */
function daysBefore(now: Date): Date[] {
  const today = Math.floor(now.getTime() / dayMs) * dayMs
  return Array.from({ length: growthDays }, (_, index) => new Date(today - (growthDays - index) * dayMs))
}

async function growthOf({ db, pool, table, rollup }: Parts, day: Date): Promise<DayGrowth> {
  const end = new Date(day.getTime() + dayMs)
  const rolledUp = await rollup.count(db, { scope: everything, createdAfter: day, createdBefore: end })
  if (rolledUp !== undefined)
    return { day, tasks: rolledUp.counts.reduce((sum, { n }) => sum + n, 0), estimated: false }
  const created = `from ${quotedTable(table)} where created_at >= $1 and created_at < $2`
  const values = [day, end]
  if (table.hasTimeIndex) {
    const { rows } = await pool.query<{ n: number }>(
      `select count(*)::int as n from (select ${created} limit ${mostCounted + 1}) counted`,
      values,
    )
    const n = rows[0]?.n ?? 0
    if (n <= mostCounted) return { day, tasks: n, estimated: false }
  }
  return { day, tasks: await plannedRows(pool, `select ${created}`, values), estimated: true }
}

/** How many rows PostgreSQL expects. Costs nothing: it looks at its statistics only. */
async function plannedRows(pool: pg.Pool, query: string, values: readonly unknown[]): Promise<number> {
  const { rows } = await pool.query<{ 'QUERY PLAN': unknown }>(`explain (format json) ${query}`, [...values])
  return plan.parse(rows[0]?.['QUERY PLAN'])[0].Plan['Plan Rows']
}

async function estimateSince({ pool, table }: Parts, ms: number): Promise<number> {
  return await plannedRows(pool, `select from ${quotedTable(table)} where created_at >= $1`, [
    new Date(Date.now() - ms),
  ])
}

/** To which rules the tasks belong that ended lately: of each state by a sample, and the states by what there is of them. */
async function portionsOf({ pool, table, settings }: Parts): Promise<Portion[]> {
  const { rule } = judgementOf(settings, new Date())
  const parts = await Promise.all(
    finishedStates.map(async (state) => {
      const inState = `from ${quotedTable(table)} j where j.state = $1`
      // By the index on state and time, which every table of jobs has.
      const { rows } = await pool.query(
        `select rule, count(*) as n
           from (select ${rule} as rule ${inState} order by j.created_at desc limit ${sampled}) sample
          group by rule`,
        [state],
      )
      const found = z.array(portionRow).parse(rows)
      const looked = found.reduce((sum, { n }) => sum + n, 0)
      const weight = looked < sampled ? looked : await plannedRows(pool, `select ${inState}`, [state])
      return found.map(({ rule: number, n }) => ({ number, weight: (weight * n) / looked }))
    }),
  )
  const all = parts.flat().reduce((sum, { weight }) => sum + weight, 0)
  if (all === 0) return [{ share: 1, keepMs: settings.keep.ms }]
  return parts.flat().map(({ number, weight }) => ({ share: weight / all, keepMs: keepOf(settings, number) }))
}

function keepOf(settings: RetentionSettings, rule: number | null): number | null {
  if (rule === null) return null
  return (rule === 0 ? settings.keep : settings.rules[rule - 1]?.keep)?.ms ?? null
}

/** Of which ages the forecast asks. */
function agesNeeded({ keepMs }: Portion): number[] {
  if (keepMs === null) return []
  return forecastDays.map((days) => keepMs - days * dayMs).filter((ms) => ms > 0)
}

async function freeBytesOf(folder: string): Promise<number | null> {
  const stats = await statfs(folder).catch(() => null)
  return stats === null ? null : stats.bavail * stats.bsize
}
