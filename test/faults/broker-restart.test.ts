import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { statesInCrisper } from '../harness/all-tasks.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { Load } from './load.js'

describe.each(['redis', 'amqp'] as const)('the broker (%s) restarts', (kind) => {
  let cluster: Cluster
  let crisper: TestCrisper

  beforeAll(async () => {
    cluster = await Cluster.start(kind)
    crisper = await TestCrisper.start(cluster.crisperFlags)
    await cluster.startWorker()
  })

  afterAll(async () => {
    expect(await crisper?.end()).toBe(0)
    await cluster?.stop()
  })

  test('under load: events go on, and on RabbitMQ none is lost', { timeout: 180_000 }, async () => {
    const load = new Load(cluster)
    await load.more(100)

    await cluster.broker.restart()
    const before = load.published.length
    await load.more(100)
    await load.stop()

    const succeeded = await load.succeeded(before + 1)
    // Redis has no memory for events: what happens while it is away is lost.
    const promised = kind === 'amqp' ? succeeded : load.published.slice(before + 1)
    await eventually(
      'Crisper to say what Celery says',
      async () => {
        const states = await statesInCrisper(crisper)
        return promised.filter((id) => states.get(id) !== 'SUCCESS').map((id) => [id, states.get(id)])
      },
      (missing) => missing.length === 0,
    )
    expect(crisper.log()).toContain('the broker is away; reconnecting')
    expect(crisper.log()).toContain('the broker is back; events arrive again')
    expect((await crisper.get('/readyz')).status).toBe(200)
  })

  test('what ran meanwhile ends here, too, although its worker says so into a closed connection', {
    timeout: 180_000,
  }, async () => {
    const id = await cluster.send('test.sleep', { seconds: 15 })
    await crisper.untilState(id, 'STARTED')

    await cluster.broker.restart()
    await eventually(
      'its end, as Celery tells it',
      () => cluster.publisher.result(id),
      ({ state }) => state === 'SUCCESS',
      60_000,
    )

    await eventually(
      'its end, as Crisper tells it',
      async () => (await crisper.get(`/api/tasks/${id}/`)).body,
      ({ state, result, lost }) => state === 'SUCCESS' && result === 'slept' && lost === false,
      60_000,
    )
    const { gaps } = (await crisper.get('/api/gaps/')).body
    expect(gaps).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'reconnect', lossy: true })]),
    )
  })

  test('a worker without -E is told again to send events', { timeout: 180_000 }, async () => {
    await cluster.startWorker({ events: false, queues: ['quiet'] })
    const send = () => cluster.send('test.add', { x: 1, y: 2 }, { queue: 'quiet' })
    await crisper.untilState(await send(), 'SUCCESS')

    await cluster.broker.restart()

    // What it ran before it was told again stays SENT.
    await eventually(
      'a task of that worker to be followed to its end',
      async () => {
        const id = await send()
        await eventually(
          'its end',
          () => cluster.publisher.result(id),
          ({ state }) => state === 'SUCCESS',
        )
        return await crisper.untilState(id, 'SENT', 'SUCCESS')
      },
      ({ state }) => state === 'SUCCESS',
      60_000,
    )
  })
})
