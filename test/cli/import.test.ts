import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../src/db/connect.js'
import { terminatedRegister } from '../../src/tasks/record-of-event.js'
import { TaskStore } from '../../src/tasks/store.js'
import { taskTypes } from '../../src/tasks/task-types.js'
import { writeOwn } from '../../src/tasks/write-records.js'
import { ApplicationDatabase } from '../harness/application-database.js'
import { eventually } from '../harness/eventually.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { TestFolder } from '../harness/test-folder.js'

const folder = new TestFolder()
const many = 20_000
let application: ApplicationDatabase
let own: TestPostgres
let pool: pg.Pool

beforeAll(async () => {
  application = await ApplicationDatabase.start(folder.path('application'))
  own = await startPostgres({ dir: folder.path('own') })
  pool = new pg.Pool({ connectionString: own.url, max: 2 })
  pool.on('error', () => {})
  await application.pool.query(
    `insert into core_job (id, task_id, task_name, kind, tenant_id, created_by_id, state, created_at, retries, max_retries,
                           meta)
     select gen_random_uuid(), 'old-' || n, 'etl.step_' || n % 3, 'etl', '4', 7,
            (array['SUCCESS', 'FAILURE'])[1 + n % 2], now() - n * interval '1 s', 0, 3, '{"company_id": 4}'
       from generate_series(1, ${many}) n`,
  )
})

afterAll(async () => {
  await pool?.end()
  await own?.stop()
  await application?.stop()
  folder.remove()
})

const args = () => ['dist/cli/main.js', 'import', '--from', application.crisperUrl, '--database', own.url]

async function imported(): Promise<number> {
  const { rows } = await pool
    .query<{ n: number }>('select count(*)::int as n from crisper.job')
    .catch(() => ({ rows: [] }))
  return rows[0]?.n ?? 0
}

test('a dry run counts, and creates nothing', async () => {
  const { status, stdout } = spawnSync(process.execPath, [...args(), '--dry-run'], { encoding: 'utf8' })
  expect(status).toBe(0)
  expect(stdout).toMatch(/SUCCESS\s*│\s*10000/)
  expect(stdout).toMatch(/total\s*│\s*20000/)
  expect(await imported()).toBe(0)
})

test('it goes on where it was interrupted, and leaves what is known as it is', async () => {
  const child = spawn(process.execPath, args(), { stdio: 'ignore' })
  await eventually('some to be imported', imported, (n) => n > 0)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const before = await imported()
  expect(before).toBeLessThan(many)
  await pool.query(
    "update crisper.job set error = 'ours' where task_id in (select task_id from crisper.job limit 1)",
  )

  const { status, stdout } = spawnSync(process.execPath, args(), { encoding: 'utf8' })

  expect(status).toBe(0)
  expect(stdout).toContain(`${many} rows, ${many} of them new`)
  const { rows } = await pool.query('select count(*)::int as n, count(error)::int as ours from crisper.job')
  expect(rows).toEqual([{ n: many, ours: 1 }])
  const { rows: one } = await pool.query("select * from crisper.job where task_id = 'old-1'")
  expect(one).toMatchObject([
    { task_name: 'etl.step_1', tenant_id: '4', created_by_id: 7, state: 'FAILURE', meta: { company_id: 4 } },
  ])
})

test('what goes on keeps what it was when something is heard of it', async () => {
  await application.pool.query(
    `insert into core_job (id, task_id, task_name, kind, tenant_id, created_by_id, queue, worker, state, created_at, retries,
                           max_retries, meta)
     select gen_random_uuid(), 'runs-' || state, 'etl.load', 'nightly', 'acme', 7, 'imports', 'w1@host', state, now(), 0, 3,
            '{"company_id": 4, "file": "a.csv", "task_type": "etl"}'
       from unnest(array['SENT', 'STARTED', 'PENDING']) as state`,
  )
  expect(spawnSync(process.execPath, args(), { encoding: 'utf8' }).status).toBe(0)
  const db = connect({ url: own.url }, () => {})
  const store = new TaskStore({ pool: db.pool, types: taskTypes(), write: writeOwn })
  const at = Date.now() / 1000 + 1
  const rowOf = async (state: string) =>
    (await pool.query('select * from crisper.job where task_id = $1', [`runs-${state}`])).rows[0]
  for (const state of ['SENT', 'STARTED', 'PENDING']) {
    const before = await rowOf(state)
    const [known] = await store.findMany([`runs-${state}`])
    expect(known?.job.state).toBe(state)
    await store.apply([
      { taskId: `runs-${state}`, firstSeenAt: at, state: terminatedRegister(at, 'w1@host'), timeline: [] },
    ])
    const { finished_at, error, ...kept } = await rowOf(state)
    expect(kept).toEqual({
      ...before,
      ...{ finished_at: undefined, error: undefined, state: 'REVOKED', worker: 'w1@host', max_retries: 3 },
    })
    expect(finished_at).toEqual(new Date(at * 1000))
  }
  await db.close()
})

test('once more adds what came since', async () => {
  await application.pool.query(
    `insert into core_job (id, task_id, task_name, kind, state, created_at, retries, max_retries)
     values (gen_random_uuid(), 'new-1', 'etl.step_1', 'etl', 'SUCCESS', now(), 0, 0)`,
  )
  const { stdout } = spawnSync(process.execPath, args(), { encoding: 'utf8' })
  expect(stdout).toContain(`${many + 4} rows, 1 of them new`)
})
