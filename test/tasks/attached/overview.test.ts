import { afterAll, beforeAll, expect, test } from 'vitest'
import { everything } from '../../../src/access/scope.js'
import type { DatabaseConnection } from '../../../src/db/connect.js'
import { inspectJobsTable } from '../../../src/db/jobs-table/inspect.js'
import type { JobsTable } from '../../../src/db/jobs-table/jobs-table.js'
import { JobsTablePlugin } from '../../../src/db/jobs-table/plugin.js'
import { AttachedRollup } from '../../../src/tasks/attached/rollup/attached-rollup.js'
import { AttachedRollupKeeper } from '../../../src/tasks/attached/rollup/keeper.js'
import type { TaskFilter } from '../../../src/tasks/filter.js'
import { overview } from '../../../src/tasks/overview.js'
import { canReadAll, namesOf, sampleOf } from '../../../src/tasks/overview-sample.js'
import { type GroupRow, groupRows } from '../../../src/tasks/overview-sql.js'
import { OwnRollup } from '../../../src/tasks/rollup/rollup.js'
import { createCoreJob } from '../../harness/core-job.js'
import { eventually } from '../../harness/eventually.js'
import { strictLog } from '../../harness/strict-log.js'
import { WithDatabase } from '../../harness/with-database.js'

const database = new WithDatabase()
let table: JobsTable
let db: DatabaseConnection['db']
let keeper: AttachedRollupKeeper

/** Every ten seconds or so, over four days. */
beforeAll(async () => {
  await createCoreJob(database.pool, { name: 'public.core_job' })
  await database.pool.query(`
    insert into core_job
           (id, task_id, task_name, kind, tenant_id, state, created_at, started_at, finished_at, retries, max_retries, meta)
    select gen_random_uuid(), 'made-' || n, 'etl.step_' || n % 7, 'other', case when n % 3 > 0 then 'acme' end,
           (array['SUCCESS', 'SUCCESS', 'FAILURE', 'REVOKED', 'STARTED'])[1 + n % 5], at,
           case when n % 11 > 0 then at + n % 97 * interval '37 ms' end,
           case when n % 5 < 4 then at + (5 + n % 1009) * interval '41 ms' end, 0, 3,
           jsonb_build_object('company_id', n % 30, 'task_type', 'type' || n % 4)
      from generate_series(1, 35000) n,
           lateral (select now() - (35000 - n) * interval '10.007 s' as at) t`)
  table = await inspectJobsTable(database.pool, 'core_job')
  db = database.db.withPlugin(new JobsTablePlugin(table))
  keeper = new AttachedRollupKeeper({ db, pool: database.pool, table, log: strictLog, fewRows: 100 })
  keeper.start()
  await eventually(
    'the rows to be counted',
    () => new AttachedRollup(table).count(db, { scope: everything }),
    (counted) => counted !== undefined,
  )
})

afterAll(() => keeper?.stop())

test.each<[string, Partial<TaskFilter>, number, { timesExact: boolean; namesExact: boolean }]>([
  ['all', {}, 60, { timesExact: false, namesExact: true }],
  ['all by the hour', {}, 47, { timesExact: false, namesExact: true }],
  ['a tenant', { tenantId: 'acme' }, 60, { timesExact: false, namesExact: false }],
  ['a company', { companyId: '4' }, 60, { timesExact: true, namesExact: true }],
  ['a type', { taskTypes: ['type1'] }, 60, { timesExact: true, namesExact: true }],
])("of an application's table (%s) it is what its rows add up to", async (_name, narrower, buckets, said) => {
  const filter = { scope: everything, createdBefore: new Date(), hoursAgo: 47, ...narrower }
  const counted = await overview(db, { filter, buckets }, table, new AttachedRollup(table))
  // Ours is of another table, and not built: so the rows are read.
  await database.pool.query('update rollup_state set built_at = null')
  const exact = await overview(db, { filter, buckets }, table, new OwnRollup())
  expect(exact).toMatchObject({ timesExact: true, namesExact: true })
  // So few that all of them are in the sample.
  expect(counted).toEqual({ ...exact, computedAt: expect.any(Date), ...said })
})

test('of a sample only its stretches of time are read', async () => {
  const now = Date.now()
  const ago = (minutes: number) => new Date(now - minutes * 60_000)
  const window = { from: ago(600), to: ago(0) }
  const sample = [
    { from: ago(900), to: ago(890) },
    { from: ago(300), to: ago(270) },
    { from: ago(100), to: ago(99) },
  ]
  const rows = await groupRows(db, { scope: everything }, window, 3600, table, sample)
  const { rows: counted } = await database.pool.query(
    `select created_at >= $1 as current, count(*)::int as total
       from core_job
       join unnest($2::timestamptz[], $3::timestamptz[]) as s (f, t) on created_at >= f and created_at < t
      group by 1 order by 1`,
    [window.from, sample.map(({ from }) => from), sample.map(({ to }) => to)],
  )
  const totals = rows
    .filter(({ dimension }) => dimension === 'all')
    .map(({ current, total }) => ({ current, total }))
    .toSorted((a, b) => Number(a.current) - Number(b.current))
  expect(totals).toEqual(counted)
  expect(counted).toHaveLength(2)
})

test('times are those of some fifty thousand jobs, from each point of the window and all of that before', () => {
  const window = { from: new Date('2026-03-02T00:00:00Z'), to: new Date('2026-03-03T00:00:00Z') }
  const sample = sampleOf(window, 900, { jobs: 1_000_000, among: 1_000_000 })
  const parts = sample.slice(-96)
  for (const [nth, { from, to }] of parts.entries()) {
    const begin = window.from.getTime() + nth * 900_000
    expect(from.getTime()).toBeGreaterThanOrEqual(begin)
    expect(to.getTime()).toBeLessThanOrEqual(begin + 900_000)
    expect((to.getTime() - from.getTime()) / 900_000).toBeCloseTo(0.05, 5)
  }
  const before = sample.slice(0, -96)
  expect(before.every(({ to }) => to <= window.from)).toBe(true)
  const length = before.reduce((sum, { from, to }) => sum + to.getTime() - from.getTime(), 0)
  expect(length / 86_400_000).toBeCloseTo(0.05, 4)
})

test('where no index finds the jobs, no more are looked at than two hundred thousand', () => {
  const window = { from: new Date('2026-03-02T00:00:00Z'), to: new Date('2026-03-03T00:00:00Z') }
  const few = { jobs: 5000, among: 4_000_000 }
  expect(canReadAll(few)).toBe(false)
  expect(canReadAll({ ...few, among: 5000 })).toBe(true)
  for (const { from, to } of sampleOf(window, 900, few).slice(-96)) {
    expect((to.getTime() - from.getTime()) / 900_000).toBeCloseTo(0.05, 5)
  }
})

test('names of a sample are counted up to all', () => {
  const row = (dimension: GroupRow['dimension'], current: boolean, total: number): GroupRow => ({
    ...{ dimension, key: dimension === 'name' ? 'etl.load' : null, current, total },
    ...{ succeeded: total - 2, failed: 2, revoked: 0, wait: null, run: [1, 2, 3] },
  })
  const counted = [row('all', true, 1000), row('all', false, 900)]
  const sampled = [
    row('all', true, 100),
    row('all', false, 300),
    row('name', true, 10),
    row('name', false, 30),
  ]

  expect(namesOf(sampled, counted)).toEqual([
    { ...row('name', true, 100), succeeded: 80, failed: 20 },
    { ...row('name', false, 90), succeeded: 84, failed: 6 },
  ])
})
