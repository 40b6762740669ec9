import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { oppositeCorners } from '../harness/corners.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { listen } from '../harness/live.js'
import { base } from '../harness/made-events.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { openRawEvents } from '../harness/raw-events.js'

const password = 'Hunter2Hunter2'
const card = '4111 1111 1111 1111'
const secrets = [password, card, card.replaceAll(' ', '')]

describe.each(oppositeCorners())('secrets on $kind, Celery $celery.version', ({ kind, celery }) => {
  let cluster: Cluster
  let postgres: TestPostgres
  let pool: pg.Pool
  let crisper: TestCrisper
  let live: Awaited<ReturnType<typeof listen>>

  beforeAll(async () => {
    cluster = await Cluster.start(kind, celery)
    postgres = await startPostgres({ dir: cluster.folder.path('postgres') })
    pool = new pg.Pool({ connectionString: postgres.url, max: 2 })
    pool.on('error', () => {})
    const flags = ['--broker', cluster.brokerUrl, '--result-backend', cluster.backendUrl]
    crisper = await TestCrisper.start([...flags, '--database', postgres.url], {
      env: { CRISPER_LOG_LEVEL: 'debug' },
    })
    live = await listen(crisper, '')
    await cluster.startWorker({ env: { CELERY_RESULT_EXTENDED: '1' } })
  })

  afterAll(async () => {
    await live?.close()
    if (crisper !== undefined) expect(await crisper.end()).toBe(0)
    await pool?.end()
    await postgres?.stop()
    await cluster?.stop()
  })

  const charge = (options: object = {}) =>
    cluster.send('test.charge', { password, card, company_id: 4, nested: [{ apiKey: password }], ...options })

  const detail = async (id: string) => (await crisper.get(`/api/tasks/${id}/`)).body

  test('a task that runs shows its state and arguments without them', async () => {
    const path = join(cluster.folder.path('charge'), 'go-on')
    const id = await charge({ path })
    await eventually(
      'its state to be read from the result backend',
      () => detail(id),
      (body) => body.live_state === 'PROGRESS',
    )
    const task = await detail(id)
    expect(task).toMatchObject({
      live_info: { done: 1, total: 2, api_key: '[redacted]', note: 'paid with [redacted]' },
      meta: { company_id: 4 },
    })
    expect(task.kwargs.text).toContain("'password': '[redacted]'")
    expect(task.kwargs.text).toContain("'card': '[redacted]'")
    expect(task.kwargs.text).toContain("'nested': [{'apiKey': '[redacted]'}]")
    await expectNoSecrets(id)

    writeFileSync(path, '')
    expect(await crisper.untilState(id, 'SUCCESS')).toMatchObject({
      result: { authorization: '[redacted]', log: 'sent with Bearer [redacted]', rows: 3 },
      meta: { company_id: 4, session_token: '[redacted]', step: 'charge' },
    })
    await expectNoSecrets(id)
  })

  test('a task that fails tells what failed without them', async () => {
    const id = await charge({ decline: true })
    const { error } = await crisper.untilState(id, 'FAILURE')
    expect(error).toBe('ValueError("card [redacted] was declined, password=\'[redacted]\'")')
    expect((await detail(id)).traceback.text).toContain('ValueError: card [redacted] was declined')
    await expectNoSecrets(id)
  })

  test('what could not be read is logged and counted without them', async () => {
    const raw = await openRawEvents(kind, cluster.brokerUrl)
    const { uuid: _, ...nobody } = {
      ...base('x'),
      type: 'task-received',
      kwargs: `{'password': '${password}'}`,
    }
    await raw.publish(nobody)
    await raw.publishPayload(Buffer.from(`{"body": "${Buffer.from(password).toString('base64')}`))
    await raw.publishBytes(
      Buffer.from(`\x80\x04\x95password\x94${password}`, 'latin1'),
      'application/x-python-serialize',
    )
    await eventually(
      'them to be counted',
      () => crisper.get('/api/ingest/'),
      ({ body }) => Object.keys(body.malformed).length >= 2,
    )
    await raw.close()
    await eventually(
      'them to be logged',
      async () => crisper.log(),
      (log) => log.includes('[redacted]'),
    )
    await expectNoSecrets()
  })

  /** In no column of no table, no answer, no frame of the live stream, and not in the log. */
  async function expectNoSecrets(id?: string): Promise<void> {
    const paths = ['/api/tasks/', '/api/ingest/', '/api/celery/queues/', '/api/celery/results/?hours=1']
    if (id !== undefined) paths.push(`/api/tasks/${id}/`, `/api/jobs/${id}/`)
    const answers = await Promise.all(paths.map((path) => crisper.get(path)))
    const seen = [...(await everyRow()), JSON.stringify(answers), JSON.stringify(live.frames), crisper.log()]
    for (const secret of secrets) expect(seen.join('\n')).not.toContain(secret)
    expect(seen.join('\n')).not.toContain(Buffer.from(password).toString('base64'))
  }

  async function everyRow(): Promise<string[]> {
    const { rows: tables } = await pool.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name
         from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    )
    expect(tables.map(({ name }) => name)).toContain('crisper.job')
    const rows = await Promise.all(
      tables.map(({ name }) => pool.query<{ row: string }>(`select t::text as row from ${name} t`)),
    )
    return rows.flatMap((found) => found.rows.map(({ row }) => row))
  }
})
