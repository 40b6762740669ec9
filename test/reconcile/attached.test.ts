import { afterAll, beforeAll, expect, test } from 'vitest'
import { ApplicationDatabase } from '../harness/application-database.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'

let cluster: Cluster
let application: ApplicationDatabase
let crisper: TestCrisper | undefined

beforeAll(async () => {
  cluster = await Cluster.start('redis')
  application = await ApplicationDatabase.start(cluster.folder.path('application'))
  await cluster.startWorker()
})

afterAll(async () => {
  expect(await crisper?.end()).toBe(0)
  await application?.stop()
  await cluster?.stop()
})

/** As the application's own handlers write it when a task starts. */
async function addStarted(taskId: string, worker: string): Promise<void> {
  await application.pool.query(
    `insert into core_job (id, task_id, task_name, kind, state, worker, created_at, started_at, retries, max_retries)
     values (gen_random_uuid(), $1, 'test.add', 'other', 'STARTED', $2, now() - interval '1 min', now() - interval '1 min', 0, 0)`,
    [taskId, worker],
  )
}

test('rows of an application of which no event came: ended as the result backend says, or lost', {
  timeout: 180_000,
}, async () => {
  const done = await cluster.send('test.add', { x: 1, y: 2 })
  await eventually(
    'its result',
    () => cluster.publisher.result(done),
    ({ state }) => state === 'SUCCESS',
  )
  await addStarted(done, 'w1@localhost')
  await addStarted('nobody-has-it', 'w1@localhost')
  await addStarted('worker-is-gone', 'w9@localhost')

  crisper = await TestCrisper.start([
    ...cluster.crisperFlags,
    ...['--database', application.crisperUrl, '--jobs-table', 'core_job'],
  ])

  await crisper.untilState(done, 'SUCCESS')
  const lost = await eventually(
    'both others to be lost',
    async () => (await crisper?.list('lost=true'))?.tasks.map(({ task_id }) => task_id) ?? [],
    (ids) => ids.length === 2,
    90_000,
  )
  expect(lost.toSorted()).toEqual(['nobody-has-it', 'worker-is-gone'])
  expect((await crisper.list('lost=false')).tasks.map(({ task_id }) => task_id)).toEqual([done])
  expect(await crisper.task('worker-is-gone')).toMatchObject({
    state: 'STARTED',
    lost_evidence: { kind: 'worker_gone', worker: 'w9@localhost' },
  })
  const { rows } = await application.pool.query(
    'select task_id, state, result from core_job order by task_id',
  )
  expect(rows).toEqual(
    [
      { task_id: done, state: 'SUCCESS', result: 3 },
      { task_id: 'nobody-has-it', state: 'STARTED', result: null },
      { task_id: 'worker-is-gone', state: 'STARTED', result: null },
    ].toSorted((a, b) => (a.task_id < b.task_id ? -1 : 1)),
  )

  // The application learned of it itself.
  await application.pool.query(
    `update core_job set state = 'SUCCESS', finished_at = now() where task_id = 'nobody-has-it'`,
  )
  await eventually(
    'it to be lost no longer',
    async () => {
      await crisper?.post('/api/reconcile/')
      return (await crisper?.list('lost=true'))?.tasks.map(({ task_id }) => task_id)
    },
    (ids) => ids?.includes('nobody-has-it') === false,
  )
})
