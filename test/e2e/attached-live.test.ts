import { afterAll, beforeAll, expect, test } from 'vitest'
import { ApplicationDatabase } from '../harness/application-database.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { listen } from '../harness/live.js'

let cluster: Cluster
let application: ApplicationDatabase
let crisper: TestCrisper

beforeAll(async () => {
  cluster = await Cluster.start('redis')
  application = await ApplicationDatabase.start(cluster.folder.path('application'))
  await application.pool.query(
    `insert into core_job (id, task_id, task_name, kind, state, created_at, retries, max_retries)
     select gen_random_uuid(), 'old-' || n, 'etl.load', 'etl', 'SUCCESS', now() - interval '1 h' - n * interval '1 s', 0, 0
       from generate_series(1, 100001) n`,
  )
  crisper = await TestCrisper.start([
    ...cluster.crisperFlags,
    ...['--database', application.crisperUrl, '--jobs-table', 'core_job'],
  ])
})

afterAll(async () => {
  await crisper?.end()
  await application?.stop()
  await cluster?.stop()
})

test('what the application writes of running tasks is told live', async () => {
  await application.pool.query(
    `insert into core_job (id, task_id, task_name, kind, state, created_at, retries, max_retries, done, total)
     values (gen_random_uuid(), 'theirs', 'etl.load', 'etl', 'PROGRESS', now(), 0, 0, 1, 10)`,
  )
  const live = await listen(crisper, '')
  const dones = () =>
    live.frames.flatMap(({ tasks }) =>
      tasks.filter(({ task_id }) => task_id === 'theirs').map(({ done }) => done),
    )
  await eventually(
    'it to be told',
    async () => dones(),
    (told) => told.includes(1),
  )
  await application.pool.query("update core_job set done = 7 where task_id = 'theirs'")
  await eventually(
    'its progress to be told',
    async () => dones(),
    (told) => told.includes(7),
  )
  await application.pool.query("update core_job set state = 'SUCCESS' where task_id = 'theirs'")
  await eventually(
    'its end to be told',
    async () => live.statesOf('theirs'),
    (told) => told.includes('SUCCESS'),
  )
  expect(new Set(dones())).toEqual(new Set([1, 7]))
  await live.close()
})

test('a large table is counted, and what came since is in the statistics, which say from when they are', async () => {
  await eventually(
    'the rows to be counted',
    () => application.pool.query('select from crisper.attached_rollup_state where counted_until is not null'),
    ({ rowCount }) => rowCount === 1,
    60_000,
  )
  await application.pool.query(
    `insert into core_job (id, task_id, task_name, kind, state, created_at, retries, max_retries)
     values (gen_random_uuid(), 'just-now', 'etl.load', 'etl', 'FAILURE', now(), 0, 0)`,
  )
  const { total, failed, counted_at } = (await crisper.get('/api/tasks/statistics/?hours_ago=48')).body
  const { rows } = await application.pool.query('select count(*)::int as n from core_job')
  expect({ total, failed }).toEqual({ total: rows[0].n, failed: 1 })
  expect(Date.now() - Date.parse(counted_at)).toBeLessThan(60_000)
})
