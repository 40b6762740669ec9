import type { Kysely } from 'kysely'
import { LRUCache } from 'lru-cache'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import { readWith } from '../db/read-with.js'
import type { Database } from '../db/schema.js'
import { bucketSize, bucketsOf, type TimeWindow } from './buckets.js'
import type { TaskFilter } from './filter.js'
import { BadWindow, OverviewTooSlow } from './overview-errors.js'
import { readGroups } from './overview-groups.js'
import type { GroupRow } from './overview-sql.js'
import type { Rollup } from './rollup/rollup.js'

/** Seconds that so many of the jobs stay within: the nearest rank. */
interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

interface Counts {
  readonly total: number
  readonly succeeded: number
  readonly failed: number
  readonly revoked: number
  /** Every state that is not SUCCESS, FAILURE or REVOKED. */
  readonly running: number
  /** From sending to start, of jobs that started. */
  readonly wait: Percentiles | null
  /** From start to end, of jobs that succeeded or failed. */
  readonly run: Percentiles | null
}

export interface Totals extends Counts {
  /** Failed of those that succeeded or failed; null where there is none. */
  readonly failureRate: number | null
}

export interface OverviewRequest {
  /** Its times say the window: the last 24 hours where they are absent. */
  readonly filter: TaskFilter
  /** At most so many points. */
  readonly buckets: number
}

export interface Overview {
  readonly computedAt: Date
  readonly window: TimeWindow
  readonly bucketSeconds: number
  /** False where times are of histograms (rollup/histogram.ts) or of some of the jobs (overview-sample.ts). */
  readonly timesExact: boolean
  /** False where `slowest` and `failing` are estimated from some of the jobs (overview-sample.ts). */
  readonly namesExact: boolean
  readonly points: readonly (TimeWindow & Counts)[]
  readonly totals: Totals
  /** Of the window of equal length just before. */
  readonly previous: Totals
  readonly byType: readonly (Totals & { readonly key: string })[]
  readonly byCompany: readonly (Totals & { readonly key: string })[]
  readonly slowest: readonly SlowTask[]
  readonly failing: readonly FailingTask[]
}

interface SlowTask {
  readonly taskName: string
  readonly total: number
  readonly run: Percentiles
  readonly previousRunP95: number | null
}

interface FailingTask {
  readonly taskName: string
  readonly total: number
  readonly failed: number
  readonly failureRate: number
  readonly previousFailed: number
  readonly previousTotal: number
}

const defaultHours = 24
const mostNames = 10
const answerMs = 5000
const mostAnswers = 200

/** Overviews, each kept for a moment: equal requests within it, or while it is counted, share one answer. */
export class Overviews {
  readonly #answers: LRUCache<string, Overview, OverviewRequest>

  constructor(db: Kysely<Database>, table: JobsTable, rollup: Rollup) {
    this.#answers = new LRUCache<string, Overview, OverviewRequest>({
      max: mostAnswers,
      ttl: answerMs,
      // Whoever waits for an answer gets it, also where newer ones have pushed it out.
      ignoreFetchAbort: true,
      fetchMethod: (_key, _stale, { context }) => overview(db, context, table, rollup),
    })
  }

  /** Throws BadWindow, OverviewTooSlow. */
  get(request: OverviewRequest): Promise<Overview> {
    return this.#answers.forceFetch(JSON.stringify(request), { context: request })
  }
}

/**
 * The numbers of a window of time. Throws BadWindow, OverviewTooSlow.
 *
 * From the rollup where there is one and the window has many jobs. Else the cost grows with the jobs: 16 s of a busy core
 * for 1,000,000 in the window and as many before, 5 s for 250,000 each.
 */
export async function overview(
  db: Kysely<Database>,
  { filter, buckets }: OverviewRequest,
  table: JobsTable,
  rollup: Rollup,
): Promise<Overview> {
  const computedAt = new Date()
  const window = windowOf(filter, computedAt)
  const bucketSeconds = bucketSize(window, buckets)
  const question = { filter, window, bucketSeconds, table, rollup }
  const { rows, timesExact, namesExact } = await bounded(db, (bound) => readGroups(bound, question))

  const of = (dimension: GroupRow['dimension'], current = true) =>
    rows.filter((row) => row.dimension === dimension && row.current === current)
  const points = new Map(of('point').map((row) => [Number(row.key), row]))
  const names = of('name')
  const before = new Map(of('name', false).map((row) => [row.key, row]))
  return {
    computedAt,
    window,
    bucketSeconds,
    timesExact,
    namesExact,
    points: bucketsOf(window, bucketSeconds).map((bucket) => {
      const start = Math.floor(bucket.from.getTime() / 1000 / bucketSeconds) * bucketSeconds
      return { ...bucket, ...countsOf(points.get(start)) }
    }),
    totals: totalsOf(of('all')[0]),
    previous: totalsOf(of('all', false)[0]),
    byType: mostFirst(of('type')).map(toKeyed),
    byCompany: mostFirst(of('company')).map(toKeyed),
    slowest: slowest(names, before),
    failing: failing(names, before),
  }
}

function windowOf(
  { createdAfter, createdBefore, hoursAgo = defaultHours }: TaskFilter,
  now: Date,
): TimeWindow {
  const to = createdBefore ?? now
  const from = createdAfter ?? new Date(to.getTime() - hoursAgo * 3_600_000)
  if (from < to) return { from, to }
  throw new BadWindow(
    `The window is empty, from ${from.toISOString()} to ${to.toISOString()}: give an earlier created_after, a later ` +
      'created_before, or more hours_ago',
  )
}

/** With memory to sort in, and an end: settings of this transaction only. */
async function bounded<T>(db: Kysely<Database>, read: (bound: Kysely<Database>) => Promise<T>): Promise<T> {
  try {
    return await readWith(db, { work_mem: '32MB', jit: 'off', statement_timeout: '30s' }, read)
  } catch (error) {
    if (!isCancelled(error)) throw error
    throw new OverviewTooSlow(
      'Counting took more than 30 seconds: give a shorter window or a narrower filter',
      {
        cause: error,
      },
    )
  }
}

function isCancelled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014'
}

function countsOf(row: GroupRow | undefined): Counts {
  if (row === undefined) {
    return { total: 0, succeeded: 0, failed: 0, revoked: 0, running: 0, wait: null, run: null }
  }
  const { total, succeeded, failed, revoked } = row
  const running = total - succeeded - failed - revoked
  return {
    total,
    succeeded,
    failed,
    revoked,
    running,
    wait: percentiles(row.wait),
    run: percentiles(row.run),
  }
}

function totalsOf(row: GroupRow | undefined): Totals {
  const counts = countsOf(row)
  const ended = counts.succeeded + counts.failed
  return { ...counts, failureRate: ended === 0 ? null : counts.failed / ended }
}

function toKeyed(row: GroupRow): Totals & { readonly key: string } {
  return { key: row.key ?? '', ...totalsOf(row) }
}

function percentiles(values: readonly number[] | null): Percentiles | null {
  const [p50, p95, p99] = values ?? []
  return p50 === undefined || p95 === undefined || p99 === undefined ? null : { p50, p95, p99 }
}

function mostFirst(rows: readonly GroupRow[]): GroupRow[] {
  return rows.toSorted((a, b) => b.total - a.total || byKey(a, b))
}

type ByName = ReadonlyMap<string | null, GroupRow>

function slowest(rows: readonly GroupRow[], before: ByName): SlowTask[] {
  return rows
    .flatMap((row) => {
      const run = percentiles(row.run)
      return run === null ? [] : [{ row, run }]
    })
    .sort((a, b) => b.run.p95 - a.run.p95 || byKey(a.row, b.row))
    .slice(0, mostNames)
    .map(({ row, run }) => ({
      taskName: row.key ?? '',
      total: row.total,
      run,
      previousRunP95: percentiles(before.get(row.key)?.run ?? null)?.p95 ?? null,
    }))
}

function failing(rows: readonly GroupRow[], before: ByName): FailingTask[] {
  return rows
    .filter(({ failed }) => failed > 0)
    .sort((a, b) => b.failed - a.failed || byKey(a, b))
    .slice(0, mostNames)
    .map(({ key, total, succeeded, failed }) => ({
      taskName: key ?? '',
      total,
      failed,
      failureRate: failed / (succeeded + failed),
      previousFailed: before.get(key)?.failed ?? 0,
      previousTotal: before.get(key)?.total ?? 0,
    }))
}

function byKey(a: GroupRow, b: GroupRow): number {
  return (a.key ?? '') < (b.key ?? '') ? -1 : 1
}
