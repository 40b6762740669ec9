import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'

/** Two broadcasts: fewer than may be under way at a time, so that nobody waits for them yet when they fail. */
const many = 1500

describe.each(['redis', 'amqp'] as const)('a stop batch while the broker (%s) is away', (kind) => {
  let cluster: Cluster
  let crisper: TestCrisper

  beforeAll(async () => {
    cluster = await Cluster.start(kind)
    crisper = await TestCrisper.start(cluster.crisperFlags)
  })

  afterAll(async () => {
    expect(await crisper?.end()).toBe(0)
    await cluster?.stop()
  })

  test('waits, is said to, and is sent when the broker is back', { timeout: 120_000 }, async () => {
    await cluster.broker.kill()
    const { status, body } = await crisper.post('/api/tasks/stop/', {
      task_ids: Array.from({ length: many }, (_, n) => `unseen-${n}`),
    })
    expect({ status, total: body.total }).toEqual({ status: 202, total: many })
    await eventually(
      'the batch to be tried',
      async () => crisper.log(),
      (log) => log.includes('a stop batch waits'),
    )
    expect((await crisper.get('/healthz')).status).toBe(200)
    expect((await crisper.batch(body.id)).counts.requested).toBe(many)

    await cluster.broker.restart()

    const { counts } = await eventually(
      'all of them to be armed',
      () => crisper.batch(body.id),
      (batch) => batch.counts.armed === many,
      60_000,
    )
    expect(counts).toMatchObject({ requested: 0, failed: 0 })
  })
})
