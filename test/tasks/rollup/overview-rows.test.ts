import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { everything } from '../../../src/access/scope.js'
import { ownJobsTable } from '../../../src/db/jobs-table/jobs-table.js'
import { overview } from '../../../src/tasks/overview.js'
import { type GroupRow, groupRows } from '../../../src/tasks/overview-sql.js'
import { contributions } from '../../../src/tasks/rollup/contributions.js'
import { fold } from '../../../src/tasks/rollup/fold.js'
import { foldingAlone } from '../../../src/tasks/rollup/folding-alone.js'
import { rolledUpRows } from '../../../src/tasks/rollup/overview-rows.js'
import { OwnRollup } from '../../../src/tasks/rollup/rollup.js'
import { WithDatabase } from '../../harness/with-database.js'

const database = new WithDatabase()

/** Every ten seconds or so, over four days: some are folded into the rollup, the newest are not yet. */
beforeAll(async () => {
  await makeJobs(1, 30_000)
  await foldingAlone(database, fold)
  await makeJobs(30_001, 35_000)
  await sql`insert into task_name select distinct task_name from job`.execute(database.db)
})

async function makeJobs(first: number, last: number): Promise<void> {
  await sql`
    insert into job (task_id, task_name, kind, tenant_id, state, created_at, started_at, finished_at, retries, max_retries, meta)
    select 'made-' || n, 'etl.step_' || n % 7, 'other', case when n % 3 = 0 then 'acme' end,
           (array['SUCCESS', 'SUCCESS', 'FAILURE', 'REVOKED', 'STARTED'])[1 + n % 5], at,
           case when n % 11 > 0 then at + n % 97 * interval '37 ms' end,
           case when n % 5 < 4 then at + (5 + n % 1009) * interval '41 ms' end, 0, 3,
           jsonb_build_object('company_id', n % 30, 'task_type', 'type' || n % 4)
      from generate_series(${sql.lit(first)}::int, ${sql.lit(last)}) n,
           lateral (select now() - (35000 - n) * interval '10.007 s' as at) t`.execute(database.db)
}

const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000)

test.each<[string, number, number, number]>([
  ['minutes', 12, 0.01, 300],
  ['hours', 40, 3.3, 3600],
  ['days', 48, 0, 86_400],
])('in %s they are those of the jobs, times within 2.5 %%', async (_name, from, to, bucketSeconds) => {
  const window = { from: ago(from), to: ago(to) }
  const filter = { scope: everything }
  const exact = await groupRows(database.db, filter, window, bucketSeconds, ownJobsTable)
  const rolledUp = await rolledUpRows(database.db, {
    ...{ level: 'type', filter, window, bucketSeconds, contributions },
  })
  expectSame(rolledUp, exact)
})

test('of a company they are its own', async () => {
  const window = { from: ago(40), to: ago(1) }
  const filter = { scope: everything, companyId: '4' }
  const exact = await groupRows(database.db, filter, window, 3600, ownJobsTable)
  const rolledUp = await rolledUpRows(database.db, {
    ...{ level: 'owner', filter, window, bucketSeconds: 3600, contributions },
  })
  expectSame(
    rolledUp,
    exact.filter(({ dimension }) => dimension !== 'name'),
  )
})

test('an overview of many jobs says that its times are not exact, and is the same but for them', async () => {
  const rollup = new OwnRollup()
  const createdBefore = new Date()
  const look = (extra: object) =>
    overview(
      database.db,
      { filter: { scope: everything, createdBefore, hoursAgo: 47, ...extra }, buckets: 60 },
      ownJobsTable,
      rollup,
    )
  const rolledUp = await look({})
  // Asked for by something that the rollup does not know.
  const exact = await look({ search: 'etl.' })
  expect([rolledUp.timesExact, exact.timesExact]).toEqual([false, true])
  expect(rolledUp.totals.total).toBeGreaterThan(10_000)
  const counts = ({ totals, points, byType, byCompany, failing }: typeof exact) => ({
    totals: countsOf(totals),
    points: points.map(countsOf),
    byType: byType.map(countsOf),
    byCompany: byCompany.map(countsOf),
    failing,
  })
  expect(counts(rolledUp)).toEqual(counts(exact))
})

function countsOf({ wait: _, run: __, ...counts }: { wait: unknown; run: unknown }): object {
  return counts
}

function expectSame(rolledUp: readonly GroupRow[], exact: readonly GroupRow[]): void {
  const id = ({ dimension, key, current }: GroupRow) => `${dimension} ${current} ${Number(key) || key}`
  const byId = new Map(rolledUp.map((row) => [id(row), row]))
  expect([...byId.keys()].sort()).toEqual(exact.map(id).sort())
  for (const row of exact) {
    const { wait, run, key: _key, ...counts } = row
    const told = byId.get(id(row))
    expect(told).toMatchObject(counts)
    if (wait !== null) expectNear(told?.wait, wait)
    expectNear(told?.run, run)
  }
}

function expectNear(told: readonly number[] | null | undefined, exact: readonly number[] | null): void {
  if (exact === null) {
    expect(told).toBeNull()
    return
  }
  expect(told).toHaveLength(exact.length)
  for (const [index, seconds] of exact.entries()) {
    expect(Math.abs((told?.[index] ?? Number.NaN) - seconds)).toBeLessThanOrEqual(0.025 * seconds + 0.001)
  }
}
