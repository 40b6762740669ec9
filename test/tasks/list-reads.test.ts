import { type Kysely, sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { everything, type Scope } from '../../src/access/scope.js'
import { connect } from '../../src/db/connect.js'
import { inspectJobsTable } from '../../src/db/jobs-table/inspect.js'
import { ownJobsTable } from '../../src/db/jobs-table/jobs-table.js'
import { JobsTablePlugin } from '../../src/db/jobs-table/plugin.js'
import type { Database } from '../../src/db/schema.js'
import type { TaskFilter } from '../../src/tasks/filter.js'
import type { Order } from '../../src/tasks/order.js'
import { listJobs } from '../../src/tasks/queries.js'
import { createCoreJob } from '../harness/core-job.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase()

const jobs = 50_000
const limit = 50

beforeAll(async () => {
  await database.pool.query(
    `insert into job (task_id, task_name, kind, tenant_id, state, created_at, retries, max_retries, meta)
     select 'made-' || n, 'etl.step_' || n % 10, 'etl', n % 10, (array['SUCCESS', 'FAILURE'])[1 + n % 2],
            now() - n * interval '1 s', 0, 3, jsonb_build_object('company_id', n % 10, 'task_type', 'etl')
       from generate_series(1, $1::int) n`,
    [jobs],
  )
  await database.pool.query(
    `insert into task_detail (task_id, version, record, lost_at)
     select 'made-' || n, 1, '{}', case when n % 500 = 0 then now() end from generate_series(1, $1::int) n`,
    [jobs],
  )
  await database.pool.query(
    `insert into job (task_id, task_name, kind, tenant_id, state, created_at, retries, max_retries, meta)
     select 'rare-' || n, 'etl.rarely', 'etl', case when n % 2 = 0 then 'few' end, 'SUCCESS',
            now() - n * interval '1 h', 0, 3,
            case when n % 2 = 0 then '{"task_type": "etl"}' else '{"task_type": "etl", "company_id": "few"}' end::jsonb
       from generate_series(1, 6) n`,
  )
  // Of type and company there are many, of their failures few; neither is a tenth of the other.
  await database.pool.query(
    `insert into job (task_id, task_name, kind, tenant_id, state, created_at, retries, max_retries, meta)
     select 'fails-' || n, 'report.build', 'report', 'seldom', case when n % 100 = 0 then 'FAILURE' else 'SUCCESS' end,
            now() - n * interval '1 s', 0, 3, jsonb_build_object('company_id', 'seldom', 'task_type', (array['a', 'b'])[1 + n % 200 / 100])
       from generate_series(1, 20000) n`,
  )
  // Of so many, and so few of all, that they seem to be less than a page where their condition is there twice.
  await database.pool.query(
    `insert into job (task_id, task_name, kind, tenant_id, state, created_at, retries, max_retries, meta)
     select 'some-' || n, 'etl.step_1', 'etl', 4, 'SUCCESS', now() - n * interval '25 s', 0, 3,
            (array['{"task_type": "etl", "company_id": "some"}', '{"task_type": "some", "company_id": 4}'])[1 + n % 2]::jsonb
       from generate_series(1, 2000) n`,
  )
  await database.pool.query('insert into task_name select distinct task_name from job')
  await database.pool.query('vacuum analyze job, task_detail, task_name')
})

const newest: Order = { column: 'created_at', descending: true }

test.each<[string, Partial<TaskFilter>, Order]>([
  ['all, newest first', {}, newest],
  ['all, oldest first', {}, { column: 'created_at', descending: false }],
  ['one state', { states: ['FAILURE'] }, newest],
  ['one tenant', { tenantId: '4' }, newest],
  ['one task name', { taskName: 'etl.step_3' }, newest],
  ['one type', { taskTypes: ['etl'] }, newest],
  ['one company', { companyId: '4' }, newest],
  ['two states of one type', { taskTypes: ['etl'], states: ['FAILURE', 'RETRY'] }, newest],
  ['the last hours', { hoursAgo: 6 }, newest],
  ['one company of the last hours', { companyId: '4', hoursAgo: 6 }, newest],
  ['a company that has some', { companyId: 'some' }, newest],
  ['a company that has some, of the last hours', { companyId: 'some', hoursAgo: 12 }, newest],
  ['a type of such a company', { companyId: 'some', taskTypes: ['etl'] }, newest],
  ['a type that has some', { taskTypes: ['some'] }, newest],
  ['the company that one may see', { scope: { ...everything, companies: ['some'] } }, newest],
  ['companies that one may see', { scope: { ...everything, companies: ['some', 'none'] } }, newest],
  ['the type that one may see', { scope: { ...everything, taskTypes: ['some'] } }, newest],
  ['types that one may see', { scope: { ...everything, taskTypes: ['some', 'none'] } }, newest],
  ['the lost ones', { lost: true }, newest],
  ['those that are not lost', { lost: false }, newest],
  ['what failed of a company', { companyId: 'seldom', states: ['FAILURE'] }, newest],
  ['what failed of a tenant', { tenantId: 'seldom', states: ['FAILURE'] }, newest],
  ['what failed of a type', { taskTypes: ['a'], states: ['FAILURE'] }, newest],
  [
    'what failed of a type and a company',
    { companyId: 'seldom', taskTypes: ['a'], states: ['FAILURE'] },
    newest,
  ],
  ['the lost ones of a company', { companyId: '0', lost: true }, newest],
])('a page of %s reads little more than what it shows', async (_what, filter, order) => {
  const read = await database.db.transaction().execute(async (transaction) => {
    const before = await rowsRead(transaction)
    const page = await listJobs(transaction, {
      filter: { scope: everything, ...filter },
      order,
      limit,
      offset: 0,
      table: ownJobsTable,
    })
    expect(page.jobs).toHaveLength(limit)
    return (await rowsRead(transaction)) - before
  })
  // A tenth of them matches.
  expect(read).toBeLessThanOrEqual(15 * limit)
})

test.each<[string, Omit<TaskFilter, 'scope'>, Partial<Scope>, number]>([
  ['a company of which there is little', { companyId: 'few' }, {}, 6],
  ['a company of which there is nothing', { companyId: 'none' }, {}, 0],
  ['failures of such a company', { companyId: 'few', states: ['FAILURE'] }, {}, 0],
  ['a name of which there is little', { search: 'RARELY' }, {}, 6],
  ['an id', { search: 'made-49999' }, {}, 1],
  ['a text that nothing has', { search: 'nowhere' }, {}, 0],
  ['a type of which there is nothing', { taskTypes: ['none'] }, {}, 0],
  ['companies that one may see', {}, { companies: ['few', 'none'] }, 6],
  ['tenants that one may see', {}, { tenants: ['few', 'none'] }, 3],
])('a page of %s reads no more than that', async (_what, filter, scope, found) => {
  await database.db.transaction().execute(async (transaction) => {
    const before = await rowsRead(transaction)
    const { jobs: page } = await listJobs(transaction, {
      filter: { scope: { ...everything, ...scope }, ...filter },
      order: newest,
      limit,
      offset: 0,
      table: ownJobsTable,
    })
    expect(page).toHaveLength(found)
    expect(new Set(page.map(({ taskId }) => taskId)).size).toBe(found)
    expect((await rowsRead(transaction)) - before).toBeLessThanOrEqual(2 * limit)
  })
})

test("finding the lost ones in an application's table uses its own index", async () => {
  const application = connect({ url: database.postgres.url }, () => {})
  try {
    await createCoreJob(application.pool, { name: 'public.core_job' })
    await application.pool.query(
      `insert into core_job (id, task_id, task_name, kind, state, created_at, retries, max_retries)
       select gen_random_uuid(), task_id, task_name, kind, state, created_at, retries, max_retries from job`,
    )
    await application.pool.query('vacuum analyze core_job')
    const table = await inspectJobsTable(application.pool, 'public.core_job')
    const db = application.db.withPlugin(new JobsTablePlugin(table))
    const read = await db.transaction().execute(async (transaction) => {
      const page = await listJobs(transaction, {
        filter: { scope: everything, lost: true },
        order: newest,
        limit,
        offset: 0,
        table,
      })
      expect(page.jobs).toHaveLength(limit)
      return await rowsRead(transaction, 'core_job')
    })
    expect(read).toBeLessThanOrEqual(20 * limit)
  } finally {
    await application.close()
  }
})

/** Rows of the job table that this connection read and has not told the server's statistics yet. */
async function rowsRead(db: Kysely<Database>, table = 'job'): Promise<number> {
  const { rows } = await sql<{ n: string }>`
    select seq_tup_read + idx_tup_fetch as n from pg_stat_xact_user_tables where relname = ${table}`.execute(
    db,
  )
  return Number(rows[0]?.n)
}
