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
  // As an application writes them: quick successes, failures, and one that runs and runs where no worker is.
  await application.pool.query(`
    insert into core_job (id, task_id, task_name, kind, state, worker, created_at, started_at, finished_at, retries, max_retries)
    select gen_random_uuid(), 'done-' || n, 'etl.load', 'etl', case when n % 2 = 0 then 'SUCCESS' else 'FAILURE' end, 'w1@gone',
           now() - interval '10 min', now() - interval '10 min', now() - interval '10 min' + interval '2 s', 0, 0
      from generate_series(1, 60) as n`)
  await application.pool.query(`
    insert into core_job (id, task_id, task_name, kind, state, worker, created_at, started_at, retries, max_retries)
    values (gen_random_uuid(), 'endless', 'etl.load', 'etl', 'STARTED', 'w1@gone', now() - interval '1 h', now() - interval '1 h', 0, 0)`)
})

afterAll(async () => {
  expect(await crisper?.end()).toBe(0)
  await application?.stop()
  await cluster?.stop()
})

test("on an application's table every kind of rule can be looked at", { timeout: 180_000 }, async () => {
  const running = await TestCrisper.start([
    ...cluster.crisperFlags,
    ...['--database', application.crisperUrl, '--jobs-table', 'core_job'],
  ])
  crisper = running
  const findingsOf = async (condition: object) => {
    const { body: rule } = await running.post('/api/alert-rules/', {
      name: JSON.stringify(condition),
      condition,
    })
    const { status, body } = await running.post(`/api/alert-rules/${rule.id}/test/`)
    return { status, found: body.findings?.map(({ sentence }: { sentence: string }) => sentence) }
  }

  expect(await findingsOf({ kind: 'failure_rate', filter: { task_type: 'etl' }, percent: 10 })).toEqual({
    status: 200,
    found: [
      '30 of 60 tasks of type etl that were created in the last 15 min and have ended failed: 50.0 %, more than 10 %.',
    ],
  })
  expect(await findingsOf({ kind: 'silence', filter: { task_name: 'etl.load' }, minutes: 5 })).toEqual({
    status: 200,
    found: ['No task of etl.load was seen in the last 5 min.'],
  })
  expect(await findingsOf({ kind: 'silence', filter: { task_name: 'etl.load' }, minutes: 30 })).toEqual({
    status: 200,
    found: [],
  })
  expect(await findingsOf({ kind: 'long_run', filter: { task_type: 'etl' } })).toEqual({
    status: 200,
    found: [
      'A task etl.load of type etl runs for 60 min, more than 3 times the 2.0 s that 99 of 100 stay within.',
    ],
  })
  expect(await findingsOf({ kind: 'queue_age', seconds: 1 })).toEqual({ status: 200, found: [] })
  const lost = { kind: 'lost_tasks', filter: { task_name: 'etl.load' }, more_than: 0 }
  await running.post('/api/alert-rules/', { name: 'lost', condition: lost, fires_after: 0 })
  const fired = await eventually(
    'the lost task to alert',
    async () => (await running.get('/api/alerts/')).body.alerts,
    (alerts) => alerts.some(({ rule }: { rule: string }) => rule === 'lost'),
    120_000,
  )
  expect(fired.find(({ rule }: { rule: string }) => rule === 'lost')).toMatchObject({
    sentence: 'One task of etl.load is lost: nobody has it although it should run.',
    link: '/tasks?task_name=etl.load&lost=true',
  })
  // By now it is no longer too early to miss one.
  expect(await findingsOf({ kind: 'missing_worker', worker: 'w1@*' })).toEqual({
    status: 200,
    found: ['No worker w1@* is there.'],
  })
})
