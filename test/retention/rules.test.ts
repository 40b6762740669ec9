import { beforeEach, describe, expect, test } from 'vitest'
import { BadConfig, loadConfig } from '../../src/config.js'
import { ownJobsTable } from '../../src/db/jobs-table/jobs-table.js'
import { dryRun } from '../../src/retention/dry-run.js'
import { runRetention } from '../../src/retention/run.js'
import type { RetentionSettings } from '../../src/retention/settings.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase()

function settingsOf(yaml: string): RetentionSettings {
  return loadConfig({ config: database.folder.writeConfig(yaml) }, {}).retention
}

/** A task of each kind that rules tell apart, forty days old, and the youngest of them ten. */
const tasks = [
  { id: 'success', state: 'SUCCESS' },
  { id: 'failure', state: 'FAILURE' },
  { id: 'revoked', state: 'REVOKED' },
  { id: 'acme', state: 'SUCCESS', tenant: 'acme' },
  { id: 'acme-failure', state: 'FAILURE', tenant: 'acme' },
  { id: 'email', state: 'SUCCESS', type: 'email' },
  { id: 'company-4', state: 'SUCCESS', company: 4 },
  { id: 'started', state: 'STARTED', ended: false },
  { id: 'pending', state: 'PENDING', ended: false },
  { id: 'endless', state: 'SUCCESS', createdDaysAgo: 400, daysAgo: 10 },
  { id: 'young', state: 'SUCCESS', daysAgo: 10 },
]
const ids = tasks.map(({ id }) => id)
const finished = ids.filter((id) => id !== 'started' && id !== 'pending')

beforeEach(async () => {
  await database.pool.query('truncate job, task_detail, stop_request, stop_batch')
  const rows = tasks.map((task) => ({
    daysAgo: 40,
    createdDaysAgo: 40,
    tenant: null,
    ended: true,
    ...task,
    meta: { task_type: task.type ?? 'etl', ...(task.company && { company_id: task.company }) },
  }))
  await database.pool.query(
    `insert into job (task_id, task_name, state, tenant_id, created_at, finished_at, retries, max_retries, meta)
     select id, 'made', state, tenant, now() - greatest("createdDaysAgo", "daysAgo") * interval '1 day',
            case when ended then now() - "daysAgo" * interval '1 day' end, 0, 0, meta
       from json_to_recordset($1) as x(id text, state text, tenant text, "daysAgo" int, "createdDaysAgo" int,
                                       ended boolean, meta jsonb)`,
    [
      JSON.stringify(
        rows.map((row) => ({ ...row, createdDaysAgo: row.daysAgo === 10 ? row.createdDaysAgo : 40 })),
      ),
    ],
  )
  await database.pool.query(
    `insert into task_detail (task_id, version, record) select task_id, 1, '{}' from job where task_id <> 'success'`,
  )
})

async function run(settings: RetentionSettings, began = new Date()) {
  return await runRetention({
    pool: database.pool,
    table: ownJobsTable,
    settings,
    began,
    signal: new AbortController().signal,
    onProgress: () => {},
  })
}

async function left(): Promise<string[]> {
  const { rows } = await database.pool.query<{ task_id: string }>('select task_id from job')
  return rows.map(({ task_id }) => task_id)
}

const without = (...gone: string[]) => ids.filter((id) => !gone.includes(id)).sort()

test.each<[string, string, string[]]>([
  ['nothing is said', '', []],
  ['all is kept for ever', 'retention: {keep: forever}', []],
  ['the default', 'retention: {keep: 30d}', finished.filter((id) => id !== 'endless' && id !== 'young')],
  ['the default, short', 'retention: {keep: 5d}', finished],
  ['a state', 'retention: {rules: [{state: FAILURE, keep: 30d}]}', ['failure', 'acme-failure']],
  [
    'states',
    'retention: {rules: [{state: [FAILURE, REVOKED], keep: 30d}]}',
    ['failure', 'acme-failure', 'revoked'],
  ],
  ['a tenant', 'retention: {rules: [{tenant: acme, keep: 30d}]}', ['acme', 'acme-failure']],
  ['a type', 'retention: {rules: [{task_type: email, keep: 4w}]}', ['email']],
  ['a company, as a number', 'retention: {rules: [{company: 4, keep: 30d}]}', ['company-4']],
  [
    'a tenant and a state',
    'retention: {rules: [{tenant: acme, state: FAILURE, keep: 30d}]}',
    ['acme-failure'],
  ],
  ['a state that goes on', 'retention: {rules: [{state: STARTED, keep: 30d}]}', ['started']],
  [
    'the first that fits',
    'retention: {keep: 30d, rules: [{tenant: acme, keep: forever}, {state: FAILURE, keep: 1y}, {task_type: email, keep: 12h}]}',
    ['success', 'revoked', 'email', 'company-4'],
  ],
  [
    'a shorter one behind a longer one does not count',
    'retention: {rules: [{state: FAILURE, keep: 1y}, {tenant: acme, keep: 1d}]}',
    ['acme'],
  ],
])('%s', async (_what, yaml, gone) => {
  const settings = settingsOf(yaml)
  const expected = await dryRun({ pool: database.pool, table: ownJobsTable, settings }, 20_000)
  expect((await left()).sort()).toEqual(without())

  const { deleted, skipped } = await run(settings)

  expect((await left()).sort()).toEqual(without(...gone))
  expect(Object.values(deleted).reduce((sum, n) => sum + n, 0)).toBe(gone.length)
  expect(expected).toMatchObject({ total: gone.length, more: false })
  expect(skipped).toBe(0)
  const { rows } = await database.pool.query(
    'select task_id from task_detail where task_id not in (select task_id from job)',
  )
  expect(rows).toEqual([])
})

test('a dry run tells of each rule, state and type how many and since when', async () => {
  const settings = settingsOf('retention: {keep: 30d, rules: [{state: FAILURE, keep: 35d}]}')
  const { groups } = await dryRun({ pool: database.pool, table: ownJobsTable, settings }, 20_000)
  expect(groups.map(({ rule, state, taskType, count }) => ({ rule, state, taskType, count }))).toEqual([
    { rule: 0, state: 'SUCCESS', taskType: 'etl', count: 3 },
    { rule: 1, state: 'FAILURE', taskType: 'etl', count: 2 },
    { rule: 0, state: 'SUCCESS', taskType: 'email', count: 1 },
    { rule: 0, state: 'REVOKED', taskType: 'etl', count: 1 },
  ])
  expect(Math.round((Date.now() - (groups[0]?.oldest.getTime() ?? 0)) / 86_400_000)).toBe(40)
})

describe('is left alone', () => {
  const settings = () => settingsOf('retention: {keep: 30d}')

  test('a task that an open stop names', async () => {
    await stop('failure', null)
    await stop('revoked', new Date())
    await run(settings())
    expect(await left()).toContain('failure')
    expect(await left()).not.toContain('revoked')
  })

  test.each(['job', 'task_detail'])(
    'a task whose row in %s somebody holds, and nobody waits',
    async (table) => {
      const holder = await database.pool.connect()
      try {
        await holder.query('begin')
        await holder.query(`select from ${table} where task_id = 'failure' for update`)
        const { skipped } = await run(settings())
        expect(skipped).toBe(1)
        expect(await left()).toContain('failure')
      } finally {
        await holder.query('rollback')
        holder.release()
      }
      await run(settings())
      expect(await left()).not.toContain('failure')
    },
  )
})

describe('stops', () => {
  test('that have ended go by their own age, and a batch with its last', async () => {
    const batch = '00000000-0000-0000-0000-000000000001'
    await database.pool.query(
      `insert into stop_batch (id, mode, requested_by, requested_at, total)
       values ($1, 'soft', 'me', now() - interval '100 days', 2)`,
      [batch],
    )
    await stop('one', new Date(Date.now() - 40 * 86_400_000), batch)
    await stop('two', new Date(), batch)
    await stop('three', null)

    await run(settingsOf('retention: {stops: 30d}'))
    expect(await stops()).toEqual(['three', 'two'])
    expect(await batches()).toBe(1)

    await run(settingsOf('retention: {stops: 30d}'), new Date(Date.now() + 60 * 86_400_000))
    expect(await stops()).toEqual(['three'])
    expect(await batches()).toBe(0)
  })

  const stops = async () => {
    const { rows } = await database.pool.query('select task_id from stop_request order by task_id')
    return rows.map(({ task_id }) => task_id)
  }
  const batches = async () => (await database.pool.query('select from stop_batch')).rowCount
})

async function stop(taskId: string, endedAt: Date | null, batch: string | null = null): Promise<void> {
  await database.pool.query(
    `insert into stop_request (id, task_id, mode, status, requested_by, requested_at, ended_at, known, explanation, batch_id)
     values (gen_random_uuid(), $1, 'soft', 'sent', 'me', now() - interval '50 days', $2, true, '', $3)`,
    [taskId, endedAt, batch],
  )
}

test.each([
  ['retention: {keep: 30}', 'retention.keep: takes a time such as 12h, 30d, 8w or 2y, or forever'],
  ['retention: {keep: 0d}', 'retention.keep: takes a time'],
  ['retention: {keep: 30 days}', 'retention.keep: takes a time'],
  ['retention: {rules: [{state: DONE, keep: 30d}]}', 'retention.rules.0.state: '],
  ['retention: {rules: [{state: FAILURE}]}', 'retention.rules.0.keep: takes a time'],
  ['retention: {rules: [{tenants: acme, keep: 30d}]}', 'retention.rules.0: '],
  ['retention: {every: forever}', 'retention.every: takes a time such as 6h or 1d'],
])('%s is refused', (yaml, message) => {
  expect(() => settingsOf(yaml)).toThrow(BadConfig)
  expect(() => settingsOf(yaml)).toThrow(message)
})
