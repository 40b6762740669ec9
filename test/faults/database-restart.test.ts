import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { statesInCrisper } from '../harness/all-tasks.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { Load } from './load.js'

describe.each(['redis', 'amqp'] as const)('the database is killed under load (%s)', (kind) => {
  let cluster: Cluster
  let postgres: TestPostgres
  let crisper: TestCrisper

  beforeAll(async () => {
    cluster = await Cluster.start(kind)
    postgres = await startPostgres({ dir: cluster.folder.path('postgres') })
    crisper = await TestCrisper.start([
      '--broker',
      cluster.brokerUrl,
      '--result-backend',
      cluster.backendUrl,
      '--database',
      postgres.url,
    ])
    await cluster.startWorker()
  })

  afterAll(async () => {
    expect(await crisper?.end()).toBe(0)
    await postgres?.stop()
    await cluster?.stop()
  })

  test('callers are told why, and what happens meanwhile is written when it is back', {
    timeout: 120_000,
  }, async () => {
    const load = new Load(cluster)
    await load.more(50)

    await postgres.kill()
    await load.more(50)

    expect(await crisper.get('/api/tasks/')).toMatchObject({
      status: 503,
      body: { error: expect.stringContaining("The database can't be reached") },
    })
    expect(await crisper.get('/readyz')).toMatchObject({
      status: 503,
      body: {
        ready: false,
        checks: {
          database: { ok: false, reason: expect.stringMatching(/.+/) },
          broker: { ok: true },
          event_stream: { ok: true },
        },
      },
    })
    expect((await crisper.get('/healthz')).status).toBe(200)

    await postgres.restart()
    await load.more(50)
    await load.stop()

    const succeeded = await load.succeeded()
    expect(succeeded).toEqual(load.published)
    await eventually(
      'Crisper to say what Celery says',
      async () => {
        const states = await statesInCrisper(crisper)
        return succeeded.filter((id) => states.get(id) !== 'SUCCESS')
      },
      (missing) => missing.length === 0,
    )
    expect((await crisper.get('/readyz')).status).toBe(200)
    expect(crisper.log()).toContain('the database is away; events wait')
  })
})
