import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'

describe.each(['redis', 'amqp'] as const)('with the broker away: %s', (kind) => {
  let cluster: Cluster
  let crisper: TestCrisper
  let running: string

  beforeAll(async () => {
    cluster = await Cluster.start(kind)
    await cluster.startWorker()
    crisper = await TestCrisper.start(cluster.crisperFlags)
    running = await cluster.send('test.sleep', { seconds: 120 })
    await crisper.untilState(running, 'STARTED')
    await cluster.broker.stop()
  })

  afterAll(async () => {
    await crisper?.end()
    await cluster?.stop()
  })

  test.each([{}, { hard: true }])('a stop with %j fails with the reason', async (order) => {
    const { status, body } = await crisper.post(`/api/tasks/${running}/stop/`, order)
    expect(status).toBe(503)
    expect(body).toEqual({ success: false, task_id: running, error: expect.stringMatching(/Redis|RabbitMQ/) })
    expect(body.error).not.toContain('guest:guest')
  })

  test('a cancel fails with the reason', async () => {
    const { status, body } = await crisper.post(`/jobs/${running}/cancel/`)
    expect({ status, body }).toEqual({
      status: 503,
      body: { error: expect.stringMatching(/Redis|RabbitMQ/) },
    })
  })

  test('nothing says that the task was stopped', async () => {
    expect(await crisper.task(running)).toMatchObject({ state: 'STARTED', error: null })
  })

  test.each(['/api/tasks/', '/api/tasks/statistics/', '/api/tasks/types/', '/jobs/', '/healthz'])(
    '%s answers',
    async (path) => {
      expect((await crisper.get(path)).status).toBe(200)
    },
  )

  test('history is still served', async () => {
    expect(await crisper.list()).toMatchObject({ total: 1, tasks: [{ task_id: running, state: 'STARTED' }] })
  })

  test('it is not ready, and says why', async () => {
    const { status, body } = await crisper.get('/readyz')
    expect(status).toBe(503)
    expect(body).toMatchObject({
      ready: false,
      checks: {
        database: { ok: true },
        broker: { ok: false, reason: expect.stringMatching(/\w/) },
        event_stream: { ok: false, reason: expect.stringMatching(/\w/) },
      },
    })
  })
})

describe('with the database away', () => {
  let cluster: Cluster
  let postgres: TestPostgres
  let crisper: TestCrisper
  let running: string

  beforeAll(async () => {
    cluster = await Cluster.start('redis')
    postgres = await startPostgres({ dir: cluster.folder.path('postgres') })
    await cluster.startWorker()
    crisper = await TestCrisper.start([
      ...['--broker', cluster.brokerUrl, '--result-backend', cluster.backendUrl],
      ...['--database', postgres.url],
    ])
    running = await cluster.send('test.sleep', { seconds: 120 })
    await crisper.untilState(running, 'STARTED')
    await postgres.stop()
  })

  afterAll(async () => {
    await crisper?.end()
    await postgres?.stop()
    await cluster?.stop()
  })

  test.each(['/api/tasks/', '/api/tasks/any/', '/api/tasks/statistics/', '/jobs/', '/jobs/any/'])(
    '%s fails with the reason',
    async (path) => {
      const { status, body } = await crisper.get(path)
      expect(status).toBe(503)
      expect(body).toEqual({ error: expect.stringMatching(/^The database can't be reached: ./) })
    },
  )

  test('a stop fails with the reason, and is not sent', async () => {
    const { status, body } = await crisper.post(`/api/tasks/${running}/stop/`, { hard: true })
    expect(status).toBe(503)
    expect(body).toEqual({
      success: false,
      task_id: running,
      error: expect.stringMatching(/^The database can't be reached: ./),
    })
    expect((await cluster.publisher.result(running)).state).toBe('STARTED')
  })

  test('it lives, is not ready, and says why', async () => {
    expect((await crisper.get('/healthz')).status).toBe(200)
    expect(await crisper.get('/readyz')).toMatchObject({
      status: 503,
      body: { ready: false, checks: { database: { ok: false, reason: expect.stringMatching(/\w/) } } },
    })
  })

  test('once it is back, everything works again', async () => {
    await postgres.restart()
    await eventually(
      'readiness',
      () => crisper.get('/readyz'),
      ({ status }) => status === 200,
    )
    const { stop } = await crisper.stop(running, { hard: true })
    expect(await crisper.untilStop(stop.id, 'stopped')).toMatchObject({ evidence: { terminated: true } })
  })
})
