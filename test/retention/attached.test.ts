import { afterAll, beforeAll, expect, test } from 'vitest'
import { ApplicationDatabase } from '../harness/application-database.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { readArchive } from './archive-reader.js'

let cluster: Cluster
let application: ApplicationDatabase
let crisper: TestCrisper | undefined

const tasks = 5000

beforeAll(async () => {
  cluster = await Cluster.start('redis')
  application = await ApplicationDatabase.start(cluster.folder.path('application'))
})

afterAll(async () => {
  expect(await crisper?.end()).toBe(0)
  await application?.stop()
  await cluster?.stop()
})

const start = (yaml: string) =>
  TestCrisper.start([
    ...cluster.crisperFlags,
    ...['--database', application.crisperUrl, '--jobs-table', 'core_job'],
    ...['--config', cluster.folder.writeConfig(yaml)],
  ])

test("the application's rows stay, our details of old ones and of those that are gone do not", {
  timeout: 180_000,
}, async () => {
  crisper = await start('')
  await cluster.startWorker()
  const fresh = await cluster.send('test.add', { x: 1, y: 2 })
  await crisper.untilState(fresh, 'SUCCESS')
  await crisper.end()
  // Old ones and young ones, of which every tenth row was deleted by the application.
  await application.pool.query(
    `insert into core_job (id, task_id, task_name, kind, state, created_at, finished_at, retries, max_retries, meta)
     select gen_random_uuid(), age || '-' || n, 'etl.load', 'etl', 'SUCCESS', now() - age * interval '1 day',
            now() - age * interval '1 day', 0, 0, '{"task_type": "etl"}'
       from generate_series(1, $1::int) n, unnest(array[40, 10]) age
      where n % 10 <> 0`,
    [tasks],
  )
  await application.pool.query(
    `insert into crisper.task_detail (task_id, version, record, row_due_at)
     select age || '-' || n, 1,
            json_build_object('taskId', age || '-' || n, 'timeline', json_build_array(),
                              'firstSeenAt', extract(epoch from now()) - age * 86400),
            case when n = 20 then now() + interval '1 day' end
       from generate_series(1, $1::int) n, unnest(array[40, 10]) age`,
    [tasks],
  )
  const rowsBefore = await count('core_job')

  const archive = cluster.folder.path('archive')
  const running = await start(`retention: {keep: 30d, archive: ${archive}}`)
  crisper = running
  const { body } = await eventually(
    'the run to be through',
    () => running.get('/api/retention/'),
    ({ body }) => body.runs[0]?.through === true,
    60_000,
  )

  // The row of two of them is still to be written.
  const gone = 2 * (tasks / 10 - 1)
  const old = tasks - tasks / 10
  expect(body).toMatchObject({
    attached: true,
    runs: [{ deleted: old + gone, deleted_by_rule: { 0: old, gone }, archived: { tasks: old + gone } }],
  })
  expect(await count('core_job')).toBe(rowsBefore)
  expect(await count('crisper.task_detail')).toBe(tasks - tasks / 10 + 2 + 1)
  expect((await readArchive(archive)).tasks).toHaveLength(old + gone)
  // A task whose detail is gone is still shown, as its row tells.
  expect(await running.task('40-1')).toMatchObject({ in_db: true, state: 'SUCCESS' })
})

async function count(table: string): Promise<number> {
  const { rows } = await application.pool.query<{ n: number }>(`select count(*)::int as n from ${table}`)
  return rows[0]?.n ?? 0
}
