import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startRedis } from '../../scripts/services/redis.mjs'
import { connect, type DatabaseConnection } from '../../src/db/connect.js'
import { migrate } from '../../src/db/migrate.js'
import { retentionAnswer } from '../../src/http/retention-answer.js'
import { runCli } from '../cli/run-cli.js'
import type { TestBroker } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { now, received, started, succeeded } from '../harness/made-events.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { openRawEvents, type RawEvents } from '../harness/raw-events.js'
import { TestFolder } from '../harness/test-folder.js'
import { readArchive } from './archive-reader.js'

const young = 1000
const patienceMs = 240_000

const folder = new TestFolder()
let redis: TestBroker
let postgres: TestPostgres
let database: DatabaseConnection
let raw: RawEvents
let crisper: TestCrisper | undefined
let archives = 0

beforeAll(async () => {
  redis = await startRedis({ dir: folder.path('redis') })
  postgres = await startPostgres({ dir: folder.path('postgres') })
  database = connect({ url: postgres.url }, () => {})
  await migrate(database.db, database.pool)
  raw = await openRawEvents('redis', redis.url)
})

afterAll(async () => {
  await raw?.close()
  await database?.close()
  await postgres?.stop()
  await redis?.stop()
  folder.remove()
})

/** So many tasks of more than forty days ago, with details of a usual size, and some of today. */
async function fill(old: number): Promise<void> {
  await database.pool.query('truncate job, task_detail, retention_run')
  const make = (prefix: string, n: number, age: string) =>
    database.pool.query(
      `with made as (
         insert into job (task_id, task_name, kind, tenant_id, state, created_at, finished_at, retries, max_retries, meta)
         select '${prefix}-' || n, 'etl.step_' || n % 10, 'etl', n % 10, (array['SUCCESS', 'FAILURE', 'REVOKED'])[1 + n % 3],
                at, at + interval '2 s', 0, 3, jsonb_build_object('company_id', n % 10, 'task_type', 'etl')
           from generate_series(1, $1::int) n, lateral (select now() - interval '${age}' - n * interval '40 s' as at) t
         returning task_id, created_at)
       insert into task_detail (task_id, version, record)
       select task_id, 2, json_build_object('taskId', task_id, 'firstSeenAt', extract(epoch from created_at),
                                            'timeline', json_build_array(json_build_object('type', repeat('x', 400), 'at', 1)))
         from made`,
      [n],
    )
  await make('old', old, '40 days')
  await make('young', young, '0 days')
  await database.pool.query('vacuum analyze job, task_detail')
}

afterEach(async () => {
  if (crisper !== undefined) expect(await crisper.end()).toBe(0)
  crisper = undefined
})

const start = (yaml: string) =>
  TestCrisper.start([
    ...['--broker', redis.url, '--database', postgres.url],
    ...['--config', folder.writeConfig(yaml)],
  ])

async function countOf(prefix: string): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>(
    `select count(*)::int as n from job where task_id like $1 || '-%'`,
    [prefix],
  )
  return rows[0]?.n ?? 0
}

async function lastRun(from: TestCrisper) {
  return retentionAnswer.parse((await from.get('/api/retention/')).body).runs[0]
}

test('old tasks go while events go on being written, and nothing else goes', {
  timeout: 2 * patienceMs,
}, async () => {
  const old = 100_000
  await fill(old)
  const running = await start('retention: {keep: 30d}')
  crisper = running
  await eventually(
    'some to be deleted',
    () => countOf('old'),
    (left) => left < old - 5000,
    patienceMs,
  )

  // Several rounds of events, each written while tasks are still being deleted.
  for (let round = 0; round < 3; round += 1) {
    const ids = Array.from({ length: 300 }, (_, n) => `live-${round}-${n}`)
    await raw.publish(ids.map((id) => received(id)))
    await raw.publish(ids.flatMap((id) => [started(id, now()), succeeded(id, now())]))
    await eventually(
      'the events to be written',
      () => countOf(`live-${round}`),
      (written) => written === ids.length,
      patienceMs,
    )
    expect(await countOf('old')).toBeGreaterThan(0)
  }

  await eventually(
    'the run to be through',
    () => lastRun(running),
    (run) => run?.through === true,
    patienceMs,
  )
  expect(await lastRun(running)).toMatchObject({
    by: null,
    deleted: old,
    deleted_by_rule: { 0: old },
    skipped: 0,
    archived: { tasks: 0, bytes: 0 },
    problem: null,
  })
  expect([await countOf('old'), await countOf('young')]).toEqual([0, young])
  const { rows } = await database.pool.query('select count(*)::int as n from task_detail')
  expect(rows[0]?.n).toBe(young + 900)
  const { body } = await running.get('/api/ingest/')
  expect(body).toMatchObject({ dropped: 0, unstorable: 0 })
})

test('killed in the middle, nothing is lost: each task is in the archive or still there', {
  timeout: 2 * patienceMs,
}, async () => {
  const old = 40_000
  await fill(old)
  const archive = folder.path(`archive-${archives++}`)
  const yaml = `retention: {keep: 30d, archive: ${archive}}`
  crisper = await start(yaml)
  await eventually(
    'some to be deleted',
    () => countOf('old'),
    (left) => left < old - 5000,
    patienceMs,
  )
  await crisper.kill()
  crisper = undefined
  await eventually(
    'its last statement to end',
    async () =>
      (
        await database.pool.query(
          `select from pg_stat_activity where query like '%held_details%' and pid <> pg_backend_pid() and state = 'active'`,
        )
      ).rowCount,
    (n) => n === 0,
  )
  const { rows } = await database.pool.query<{ task_id: string }>('select task_id from job')
  const left = new Set(rows.map(({ task_id }) => task_id))
  const before = new Set((await readArchive(archive)).tasks.map(({ job }) => job?.task_id))
  const lost = Array.from({ length: old }, (_, n) => `old-${n + 1}`).filter(
    (id) => !left.has(id) && !before.has(id),
  )
  expect(left.size).toBeGreaterThan(young)
  expect(lost).toEqual([])

  const running = await start(yaml)
  crisper = running
  await eventually(
    'the run to be through',
    () => lastRun(running),
    (run) => run?.through === true,
    patienceMs,
  )

  expect([await countOf('old'), await countOf('young')]).toEqual([0, young])
  const { body } = await running.get('/api/retention/')
  expect(body.runs).toMatchObject([
    { through: true, problem: null },
    { through: false, problem: expect.stringContaining('the next run goes on') },
  ])
  const { files, tasks } = await readArchive(archive)
  const archived = new Set(tasks.map(({ job }) => job?.task_id))
  expect(archived.size).toBe(old)
  expect(files.every(({ mode }) => mode === 0o600)).toBe(true)
  const oldOne = tasks.find(({ job }) => job?.task_id === 'old-7')
  expect(oldOne).toMatchObject({
    job: { state: 'FAILURE', tenant_id: '7', meta: { company_id: 7 } },
    detail: { version: 2, record: { taskId: 'old-7' } },
  })
})

test('from the command line, to an archive that holds exactly what was deleted', {
  timeout: 2 * patienceMs,
}, async () => {
  await fill(6000)
  const due = await countOf('old')
  const archive = folder.path(`archive-${archives++}`)
  const flags = ['--database', postgres.url, '--archive', archive]
  const rules =
    'retention: {rules: [{state: FAILURE, keep: forever}, {tenant: ["1", "2"], keep: 30d}], keep: 60d}'
  const config = folder.writeConfig(rules)
  const running = await start(rules.replace('retention: {', 'retention: {every: 1d, '))
  crisper = running
  await eventually(
    'the first run to be through',
    () => lastRun(running),
    (run) => run?.through === true,
    patienceMs,
  )
  const gone = due - (await countOf('old'))
  expect(gone).toBeGreaterThan(0)

  const shown = await runCli(['retention', '--url', running.url, '--dry-run'])
  expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('0 tasks would be deleted now') })
  expect(shown.out).toMatch(/│ 1 +│ FAILURE +│ +│ +│ +│ forever/)
  const { body: audit } = await running.get('/api/audit/?action=retention.run')
  expect(audit.entries).toEqual([])

  await database.pool.query(
    `update job set finished_at = finished_at - interval '100 days' where task_id like 'old-1%'`,
  )
  const expected = await runCli(['retention', '--url', running.url, '--dry-run', '--json'])
  const { total } = JSON.parse(expected.out).dry_run
  const { code, out } = await runCli(['retention', 'run', '--config', config, ...flags])
  expect({ code, out }).toEqual({ code: 0, out: `${total} tasks and 0 stops deleted, ${total} archived\n` })
  expect((await readArchive(archive)).tasks).toHaveLength(total)
  expect(await countOf('old')).toBe(due - gone - total)

  const told = await running.get('/api/audit/?action=retention.run')
  expect(told.body.entries).toMatchObject([
    { who: expect.stringMatching(/^cli:/), detail: { deleted: total, archived: total } },
  ])
})

test('one at a time, and whoever asks for a run is in the audit', { timeout: 2 * patienceMs }, async () => {
  const old = 40_000
  await fill(old)
  const holder = await database.pool.connect()
  try {
    await holder.query(`select pg_advisory_lock(hashtextextended('crisper retention', 0))`)
    const running = await start('retention: {keep: 30d}')
    crisper = running
    expect(await running.post('/api/retention/run/')).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining('being deleted already') },
    })
    expect(await countOf('old')).toBe(old)
    await holder.query('select pg_advisory_unlock_all()')
    expect(await running.post('/api/retention/run/')).toMatchObject({
      status: 202,
      body: { ended_at: null, by: expect.any(String) },
    })
    // Ends within its slice when Crisper is ended, and says so.
    await eventually(
      'it to have begun',
      () => countOf('old'),
      (left) => left < old,
      patienceMs,
    )
    expect(await running.end()).toBe(0)
    crisper = undefined
    const { rows } = await database.pool.query('select through, problem, ended_at from retention_run')
    expect(rows).toMatchObject([{ through: false, problem: null, ended_at: expect.any(Date) }])
    expect(await countOf('old')).toBeGreaterThan(0)
    const audit = await database.pool.query('select status from audit_entry where action = $1 order by seq', [
      'retention.run',
    ])
    expect(audit.rows.map(({ status }) => status)).toEqual(expect.arrayContaining([409, 202]))
  } finally {
    holder.release()
  }
})

test('where nothing is said nothing is deleted, and a run is refused', async () => {
  const old = 2000
  await fill(old)
  const running = await start('log_level: info')
  crisper = running
  expect(await running.post('/api/retention/run/')).toMatchObject({ status: 409 })
  expect((await running.get('/api/retention/')).body).toMatchObject({
    keep: 'forever',
    rules: [],
    next_run_at: null,
  })
  expect(await countOf('old')).toBe(old)
  const { body } = await running.get('/api/retention/storage/')
  expect(body.tables[0]).toMatchObject({ rows: expect.any(Number), bytes: expect.any(Number) })
  expect(body.forecasts.map(({ days }: { days: number }) => days)).toEqual([30, 90, 365])
  expect(body.bytes_per_task).toBeGreaterThan(500)
  const all = old + young
  expect(body.forecasts[0].without_rules.tasks).toBeGreaterThan(all * 0.9)
  expect(body.forecasts[0].with_rules).toEqual(body.forecasts[0].without_rules)
})
