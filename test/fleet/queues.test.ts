import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { openBroker } from '../../src/celery/open-broker.js'
import { queuesAnswer } from '../../src/http/queues-answer.js'
import { Cluster } from '../harness/cluster.js'
import { oppositeCorners } from '../harness/corners.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { WithCrisper } from '../harness/with-crisper.js'

type Queues = z.output<typeof queuesAnswer>
type Queue = Queues['queues'][number]

describe.each(oppositeCorners())('queues on $kind, Celery $celery.version', ({ kind, celery }) => {
  const here = new WithCrisper(kind, celery)
  const onRabbitmq = kind === 'amqp'

  const read = async () => queuesAnswer.parse((await here.crisper.get('/api/queues/')).body)
  /** Waits until a queue is as it should be. */
  const untilQueue = async (name: string, holds: (queue: Queue) => boolean) => {
    const { queues } = await eventually(`queue ${name}`, read, ({ queues }) =>
      queues.some((queue) => queue.name === name && holds(queue)),
    )
    return queues.find((queue) => queue.name === name)
  }

  test('without a worker and without a task there is none, and nothing is made up', async () => {
    expect(await read()).toMatchObject({ queues: [], delayed: 0, silent_workers: [], more: false })
  })

  test('what waits is counted at all priorities, where nobody consumes it too', async () => {
    await here.cluster.startWorker()
    for (const priority of [0, 4, 9]) {
      await here.cluster.send('test.add', { x: 1, y: 2 }, { queue: 'imports', priority })
    }

    const imports = await untilQueue(
      'imports',
      ({ waiting, unfinished }) => waiting === 3 && unfinished.total === 3,
    )

    expect(imports).toEqual({
      name: 'imports',
      waiting: 3,
      unacknowledged: null,
      consumers: onRabbitmq ? 0 : null,
      workers: [],
      unfinished: { total: 3, by_state: { SENT: 3 } },
      delayed: 0,
      oldest_at: expect.stringMatching(/^20/),
      rates: null,
      empty_in: null,
      trend: expect.any(Array),
      error: null,
    })
    const [first] = (await read()).queues
    expect(first?.name).toBe('imports')
  })

  test('consumers are named, also of a queue that a worker takes up later', async () => {
    const celeryQueue = await untilQueue('celery', ({ workers }) => workers.length > 0)
    expect(celeryQueue).toMatchObject({ workers: ['w1@localhost'], consumers: onRabbitmq ? 1 : null })
    await eventually(
      'every worker to have said it',
      read,
      ({ silent_workers: silent }) => silent.length === 0,
    )

    const broker = openBroker(here.cluster.brokerUrl)
    await broker.connect()
    const command = { method: 'add_consumer', arguments: { queue: 'imports' } }
    await broker.broadcast(command, { timeoutMs: 20_000, expected: 1 })
    await broker.close()

    const imports = await untilQueue('imports', ({ workers, waiting }) => workers.length > 0 && waiting === 0)
    expect(imports).toMatchObject({ workers: ['w1@localhost'], error: null })
    await untilQueue('imports', ({ unfinished }) => unfinished.total === 0)
  })

  test('a queue that can not be read any more says why, hides no other and leaves the events alone', async () => {
    await here.cluster.send('test.add', { x: 1, y: 2 }, { queue: 'doomed' })
    await here.cluster.send('test.add', { x: 1, y: 2 }, { queue: 'other' })
    await untilQueue('doomed', ({ waiting }) => waiting === 1)
    await untilQueue('other', ({ waiting }) => waiting === 1)

    await ruin('doomed')

    const doomed = await untilQueue('doomed', ({ error }) => error !== null)
    expect(doomed).toMatchObject({
      waiting: null,
      consumers: null,
      error: onRabbitmq ? 'RabbitMQ has no such queue' : 'Redis has no list under the key doomed',
    })
    const { queues } = await read()
    expect(queues.find(({ name }) => name === 'other')).toMatchObject({ waiting: 1, error: null })
    expect(queues.at(-1)?.name).toBe('doomed')
    const id = await here.cluster.send('test.add', { x: 1, y: 2 })
    await here.crisper.untilState(id, 'SUCCESS')
    expect((await here.crisper.get('/readyz')).body.checks.event_stream.reason).toBe('subscribed')
    expect(here.crisper.log()).not.toContain('the broker is away')
  })

  test('what a worker holds until its time is counted as delayed', async () => {
    await here.cluster.send('test.add', { x: 1, y: 2 }, { countdown: 3600 })

    const celeryQueue = await untilQueue('celery', ({ delayed }) => delayed === 1)

    expect(celeryQueue).toMatchObject({ waiting: 0, oldest_at: null, unfinished: { total: 1 } })
    expect((await read()).delayed).toBe(1)
  })

  test.runIf(onRabbitmq)('what RabbitMQ holds back until its time is one number', async () => {
    const connection = await connect(here.cluster.brokerUrl.replace(/\/\/$/, ''))
    const channel = await connection.createConfirmChannel()
    for (const queue of ['celery_delayed_27', 'celery_delayed_4', 'celery_delayed_0']) {
      await channel.assertQueue(queue, { durable: true })
      channel.sendToQueue(queue, Buffer.from('{}'))
    }
    await channel.waitForConfirms()
    await connection.close()

    const { queues } = await eventually('the delayed ones', read, ({ delayed }) => delayed === 4)

    expect(queues.filter(({ name }) => name.startsWith('celery_delayed'))).toEqual([])
  })

  /** RabbitMQ: deletes the queue. Redis: something else stands under its key. */
  async function ruin(queue: string): Promise<void> {
    if (onRabbitmq) {
      const connection = await connect(here.cluster.brokerUrl.replace(/\/\/$/, ''))
      const channel = await connection.createChannel()
      await channel.deleteQueue(queue)
      await connection.close()
      return
    }
    const redis = new Redis(here.cluster.brokerUrl)
    await redis.set(queue, 'something else')
    await redis.quit()
  }
})

test.each(oppositeCorners())('while $kind is away nothing is told', async ({ kind, celery }) => {
  const cluster = await Cluster.start(kind, celery)
  const crisper = await TestCrisper.start(cluster.crisperFlags)
  const status = async () => (await crisper.get('/api/queues/')).status
  expect(await status()).toBe(200)

  await cluster.broker.kill()
  await eventually('the loss', status, (now) => now === 503)
  expect((await crisper.get('/api/queues/')).body).toEqual({ error: expect.stringMatching(/^Can't use R/) })

  expect(await crisper.end()).toBe(0)
  await cluster.stop()
})
