import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type DatabaseConnection } from '../../src/db/connect.js'
import { inspectJobsTable } from '../../src/db/jobs-table/inspect.js'
import { ownJobsTable } from '../../src/db/jobs-table/jobs-table.js'
import { JobsTablePlugin } from '../../src/db/jobs-table/plugin.js'
import { migrate } from '../../src/db/migrate.js'
import { lastTasks } from '../../src/schedules/last-tasks.js'
import { createCoreJob } from '../harness/core-job.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { TestFolder } from '../harness/test-folder.js'

const folder = new TestFolder()
let postgres: TestPostgres
let database: DatabaseConnection

/** More than are looked through where no index has the names. */
const jobs = 30_000
const begin = Date.parse('2026-03-01T00:00:00Z')
const names = ['etl.often', 'etl.rare', 'etl.running', "etl.o'never"]

/** One of the oldest is `etl.rare`; the task of the only other state is older still. */
const fill = `
  select 'made-' || n as task_id,
         case n when ${jobs} then 'etl.rare' when ${jobs} + 1 then 'etl.running' else 'etl.often' end as task_name,
         'etl' as kind, case n when ${jobs} + 1 then 'STARTED' else 'SUCCESS' end as state,
         to_timestamp(${begin / 1000}) - n * interval '1 s' as created_at, 0 as retries, 3 as max_retries
    from generate_series(0, ${jobs} + 1) n`

beforeAll(async () => {
  postgres = await startPostgres({ dir: folder.path('postgres') })
  database = connect({ url: postgres.url }, () => {})
  const { db, pool } = database
  await migrate(db, pool)
  const columns = 'task_id, task_name, kind, state, created_at, retries, max_retries'
  await pool.query(`insert into job (${columns}) ${fill}`)
  for (const name of ['core_job', 'named_job']) {
    await createCoreJob(pool, { name: `public.${name}` })
    await pool.query(
      `insert into ${name} (id, ${columns}) select gen_random_uuid(), made.* from (${fill}) made`,
    )
  }
  await pool.query('create index on named_job (task_name, created_at desc)')
})

afterAll(async () => {
  await database?.close()
  await postgres?.stop()
  folder.remove()
})

const often = { taskId: 'made-0', state: 'SUCCESS', at: new Date(begin) }
const rare = { taskId: `made-${jobs}`, state: 'SUCCESS', at: new Date(begin - jobs * 1000) }
const running = { taskId: `made-${jobs + 1}`, state: 'STARTED', at: new Date(begin - (jobs + 1) * 1000) }

test('the newest task of each name, however old', async () => {
  const { byName, seenSince } = await lastTasks(database.db, ownJobsTable, names)
  expect(Object.fromEntries(byName)).toEqual({ 'etl.often': often, 'etl.rare': rare, 'etl.running': running })
  expect(seenSince).toBeNull()
})

test("in an application's table that has an index by name", async () => {
  const { byName, seenSince } = await lastTasks(...(await attached('named_job')), names)
  expect(Object.fromEntries(byName)).toEqual({ 'etl.often': often, 'etl.rare': rare, 'etl.running': running })
  expect(seenSince).toBeNull()
})

test('without one among the newest of each state, and since when that is complete', async () => {
  const { byName, seenSince } = await lastTasks(...(await attached('core_job')), names)
  expect(Object.fromEntries(byName)).toEqual({ 'etl.often': often, 'etl.running': running })
  expect(seenSince).toEqual(new Date(begin - 19_999_000))
})

test('no names are no question', async () => {
  const unasked = connect({ url: 'postgres://nobody@127.0.0.1:1/none' }, () => {})
  expect((await lastTasks(unasked.db, ownJobsTable, [])).byName.size).toBe(0)
  await unasked.close()
})

async function attached(name: string) {
  const table = await inspectJobsTable(database.pool, `public.${name}`)
  return [database.db.withPlugin(new JobsTablePlugin(table)), table] as const
}
