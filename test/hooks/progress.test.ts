import { beforeAll, describe, expect, test } from 'vitest'
import { oppositeCorners } from '../harness/corners.js'
import { eventually } from '../harness/eventually.js'
import { WithCrisper } from '../harness/with-crisper.js'

const pools = ['prefork', 'threads', 'solo'] as const

describe.each(oppositeCorners())('progress on $kind, Celery $celery.version', ({ kind, celery }) => {
  const rig = new WithCrisper(kind, celery)
  beforeAll(async () => {
    for (const pool of pools) await rig.cluster.startWorker({ app: 'hooked_app', pool, queues: [pool] })
  })
  const eventsSent = async (): Promise<number> =>
    (await rig.crisper.get('/api/ingest/')).body.events.custom ?? 0

  describe.each(pools)('%s', (pool) => {
    test('a task that has reached its total says so at once', async () => {
      const id = await rig.cluster.send('hooked.complete', { total: 500, hold: 3 }, { queue: pool })

      const running = await eventually(
        'all is done',
        () => rig.crisper.task(id),
        (task) => task.in_db && task.done === 500,
      )
      // A busy solo worker tells only afterwards that it has started; its progress is heard all the same.
      expect(running).toMatchObject({ state: 'PROGRESS', total: 500, percent: 100 })
    })

    test.each([
      ['SUCCESS', false],
      ['FAILURE', true],
    ])('the last one before the end (%s) arrives, although most are held back', async (state, fail) => {
      const before = await eventsSent()

      const id = await rig.cluster.send(
        'hooked.progress',
        { total: 1000, calls_per_step: 5, fail },
        { queue: pool },
      )

      await rig.crisper.untilState(id, state)
      const task = await eventually(
        'the last progress',
        () => rig.crisper.task(id),
        (seen) => seen.in_db && seen.done === 1000,
      )
      expect(task).toMatchObject({
        state,
        total: 1001,
        percent: 99.9,
        by_category: { even: 500 },
        meta: { file: 'b.csv' },
      })
      expect((await eventsSent()) - before).toBeLessThanOrEqual(8)
    })
  })

  test('costs microseconds where it sends nothing', async () => {
    const id = await rig.cluster.send('hooked.costs', {}, { queue: 'prefork' })
    await rig.crisper.untilState(id, 'SUCCESS')
    const { result } = await rig.cluster.publisher.result(id)
    // Measured 1 to 2 µs on two cores that do nothing else; here other tests run beside it.
    expect(result).toMatchObject({ should_stop: expect.any(Number), progress: expect.any(Number) })
    const costs = Object(result)
    expect(costs.should_stop).toBeLessThan(50)
    expect(costs.progress).toBeLessThan(50)
  })
})
