import { afterEach, beforeEach, expect, test } from 'vitest'
import { everything } from '../../../src/access/scope.js'
import type { DatabaseConnection } from '../../../src/db/connect.js'
import { inspectJobsTable } from '../../../src/db/jobs-table/inspect.js'
import type { JobsTable } from '../../../src/db/jobs-table/jobs-table.js'
import { JobsTablePlugin } from '../../../src/db/jobs-table/plugin.js'
import { AttachedRollup } from '../../../src/tasks/attached/rollup/attached-rollup.js'
import { AttachedRollupKeeper } from '../../../src/tasks/attached/rollup/keeper.js'
import { attachedWriter } from '../../../src/tasks/attached/write.js'
import { TaskStore } from '../../../src/tasks/store.js'
import { taskTypes } from '../../../src/tasks/task-types.js'
import { createCoreJob } from '../../harness/core-job.js'
import { eventually } from '../../harness/eventually.js'
import { strictLog } from '../../harness/strict-log.js'
import { WithDatabase } from '../../harness/with-database.js'
import { countsOf, recount } from '../rollup/recount.js'

const database = new WithDatabase()
const all = { scope: everything }
const types = taskTypes([{ value: 'etl', prefixes: ['etl.'] }])
let table: JobsTable
let db: DatabaseConnection['db']
const keepers: AttachedRollupKeeper[] = []

beforeEach(async () => {
  await database.pool.query('drop table if exists public.core_job')
  await createCoreJob(database.pool, { name: 'public.core_job' })
  table = await inspectJobsTable(database.pool, 'core_job')
  db = database.db.withPlugin(new JobsTablePlugin(table))
  await database.pool.query('delete from attached_rollup_state')
})

afterEach(async () => {
  await Promise.all(keepers.splice(0).map((keeper) => keeper.stop()))
})

function keep(fewRows: number): void {
  const keeper = new AttachedRollupKeeper({ db, pool: database.pool, table, log: strictLog, fewRows })
  keepers.push(keeper)
  keeper.start()
}

const rolledUp = () => new AttachedRollup(table).count(db, all)

const untilRight = async () => {
  const expected = await recount(db, all)
  return await eventually(
    'the counts to be those of the rows',
    async () => (await rolledUp()) && countsOf(await rolledUp()),
    (counts) => JSON.stringify(counts) === JSON.stringify(expected),
    20_000,
  )
}

/** Rows of the last three days. */
async function fill(from: number, to: number): Promise<void> {
  await database.pool.query(
    `insert into core_job (id, task_id, task_name, kind, state, created_at, retries, max_retries)
     select gen_random_uuid(), n::text, 'etl.load', 'etl', 'SUCCESS', now() - n * interval '4 minutes', 0, 0
       from generate_series($1::int, $2) n`,
    [from, to],
  )
}

test('a small table is counted by its rows each time, and nothing is left behind', async () => {
  await fill(1, 100)
  await database.pool.query("insert into attached_rollup_stale values ('2026-01-01')")
  keep(100)
  await eventually(
    'what is stale to be dropped',
    async () => (await database.pool.query('select from attached_rollup_stale')).rowCount,
    (count) => count === 0,
  )
  expect(await rolledUp()).toBeUndefined()
})

test('a large one is counted once, and again where events tell of its rows, in old hours, too', async () => {
  await fill(1, 1000)
  keep(100)
  await untilRight()
  expect(countsOf(await rolledUp())).toMatchObject([{ state: 'SUCCESS', n: 1000 }])

  // The application ends a task of two days ago and one of three hours ago: we look at the rows since there are events.
  await database.pool.query("update core_job set state = 'FAILURE' where task_id in ('45', '720')")
  const store = new TaskStore({ pool: database.pool, types, write: attachedWriter(table, types) })
  const at = Date.now() / 1000
  await store.apply(
    ['45', '720', 'unheard-of'].map((taskId) => ({
      taskId,
      firstSeenAt: at,
      timeline: [],
      state: { state: 'FAILURE' as const, fromWorker: true, at, rank: at, phase: 5 },
    })),
  )
  const counts = await untilRight()
  expect(counts).toMatchObject([
    { state: 'FAILURE', taskType: 'etl', n: 2 },
    { state: 'FAILURE', taskType: 'other', n: 1 },
    { state: 'SUCCESS', taskType: 'etl', n: 998 },
  ])
})

test('what the application changes without an event is found', async () => {
  await fill(1, 1000)
  keep(100)
  await untilRight()
  await database.pool.query("update core_job set state = 'REVOKED' where task_id in ('45', '720', '1000')")
  await database.pool.query("delete from core_job where task_id = '500'")
  // As if so much time had gone by.
  await database.pool.query("update attached_rollup_hour set counted_at = counted_at - interval '4 hours'")
  await untilRight()

  // In an hour that had no rows: a keeper that starts looks for those.
  await Promise.all(keepers.splice(0).map((keeper) => keeper.stop()))
  await fill(2000, 2000)
  keep(100)
  expect(await untilRight()).toMatchObject([
    { state: 'REVOKED', n: 3 },
    { state: 'SUCCESS', n: 997 },
  ])
})

test('two keepers do not count anything twice', async () => {
  await fill(1, 500)
  keep(100)
  keep(100)
  await untilRight()
  await database.pool.query(
    `with ended as (update core_job set state = 'FAILURE' where task_id::int % 3 = 0 returning created_at)
     insert into attached_rollup_stale select date_trunc('minute', created_at) from ended`,
  )
  await untilRight()
})

test('what was counted of another table counts for nothing', async () => {
  await fill(1, 500)
  keep(100)
  await untilRight()
  await Promise.all(keepers.splice(0).map((keeper) => keeper.stop()))
  const other = { ...table, name: 'other_job' }
  expect(await new AttachedRollup(other).count(db, all)).toBeUndefined()
})
