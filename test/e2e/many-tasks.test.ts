import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { statesInCrisper } from '../harness/all-tasks.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'

/** Of each ten tasks one fails. */
const count = process.env.CRISPER_TEST_MATRIX === '1' ? 20_000 : 3_000
const failing = count / 10

describe.each(['redis', 'amqp'] as const)('many tasks through real workers (%s)', (kind) => {
  let cluster: Cluster
  let crisper: TestCrisper

  beforeAll(async () => {
    cluster = await Cluster.start(kind)
    crisper = await TestCrisper.start(cluster.crisperFlags)
    await cluster.startWorker({ env: { CELERY_WORKER_PREFETCH_MULTIPLIER: '64' } })
  })

  afterAll(async () => {
    expect(await crisper?.end()).toBe(0)
    await cluster?.stop()
  })

  test('each ends in the state that Celery says, and they add up', { timeout: 300_000 }, async () => {
    const ids = [
      ...(await cluster.publisher.sendMany(count - failing, { task: 'test.add', args: [1, 2] })),
      ...(await cluster.publisher.sendMany(failing, { task: 'test.fail', args: ['as asked'] })),
    ]
    const statistics = await eventually(
      'every task to be finished',
      () => crisper.statistics(),
      ({ completed, failed }) => completed + failed === count,
      240_000,
    )

    expect(statistics).toMatchObject({
      total: count,
      running: 0,
      completed: count - failing,
      failed: failing,
      revoked: 0,
      by_state: { SUCCESS: count - failing, FAILURE: failing },
      by_task_type: { other: count },
    })
    const states = await statesInCrisper(crisper)
    expect(states.size).toBe(count)
    expect(Object.fromEntries(states)).toEqual(await cluster.publisher.states(ids))
  })
})
