import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ApplicationDatabase } from '../harness/application-database.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { received, started, succeeded } from '../harness/made-events.js'
import { openRawEvents } from '../harness/raw-events.js'

let cluster: Cluster
let application: ApplicationDatabase

beforeAll(async () => {
  cluster = await Cluster.start('redis')
  application = await ApplicationDatabase.start(cluster.folder.path('application'))
  await application.pool.query(
    `insert into core_job (id, task_id, task_name, kind, state, created_at, retries, max_retries, meta, result, error)
     values (gen_random_uuid(), 'theirs', 'etl.load', 'etl', 'FAILURE', now(), 0, 0, '{"api_key": "s3cret", "company_id": 4}',
             '{"token": "s3cret", "rows": 2}', 'ValueError("password=s3cret")')`,
  )
})

afterAll(async () => {
  await application?.stop()
  await cluster?.stop()
})

test('an import takes secrets out of what it copies', async () => {
  const flags = ['--from', application.crisperUrl, '--data-dir', cluster.folder.path('imported')]
  const { status, stderr } = spawnSync(process.execPath, ['dist/cli/main.js', 'import', ...flags], {
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const crisper = await TestCrisper.start([
    ...['--broker', cluster.brokerUrl],
    ...['--data-dir', cluster.folder.path('imported')],
  ])
  expect(await crisper.task('theirs')).toMatchObject({
    meta: { api_key: '[redacted]', company_id: 4 },
    error: 'ValueError("password=[redacted]")',
  })
  await crisper.end()
})

test('in an attached table rows of the application stay, and what Crisper writes there has no secrets', async () => {
  const crisper = await TestCrisper.start([
    ...cluster.crisperFlags,
    ...['--database', application.crisperUrl, '--jobs-table', 'core_job'],
  ])
  const raw = await openRawEvents('redis', cluster.brokerUrl)
  const ended = { ...succeeded('ours'), result: "{'token': 's3cret', 'rows': 2}" }
  await raw.publish([
    { ...received('ours'), kwargs: "{'company_id': 4, 'password': 's3cret'}" },
    started('ours'),
    ended,
  ])
  const row = (id: string) =>
    application.pool
      .query('select state, meta, result, error from core_job where task_id = $1', [id])
      .then(({ rows }) => rows[0])
  const ours = await eventually(
    'its row to be written',
    () => row('ours'),
    (found) => found?.state === 'SUCCESS',
  )
  expect(ours).toMatchObject({ meta: { company_id: 4 }, result: { token: '[redacted]', rows: 2 } })
  expect(await row('theirs')).toMatchObject({
    result: { token: 's3cret', rows: 2 },
    error: 'ValueError("password=s3cret")',
  })
  const { rows } = await application.pool.query(
    "select string_agg(t::text, '') as all from crisper.task_detail t",
  )
  expect(rows[0].all).not.toContain('s3cret')
  await raw.close()
  await crisper.end()
})
