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
