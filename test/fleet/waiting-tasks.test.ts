import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { messagesAnswer } from '../../src/http/queues-answer.js'
import { Cluster } from '../harness/cluster.js'
import { oppositeCorners } from '../harness/corners.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import type { Publisher } from '../harness/publisher.js'
import { silentPublisher } from '../harness/silent-publisher.js'

describe.each(oppositeCorners())('waiting tasks on $kind, Celery $celery.version', ({ kind, celery }) => {
  let cluster: Cluster
  let crisper: TestCrisper
  let publisher: Publisher
  let proof: string

  beforeAll(async () => {
    cluster = await Cluster.start(kind, celery)
    publisher = silentPublisher(cluster)
    proof = `${cluster.folder.path('proof')}/ran`
    const config = cluster.folder.writeConfig('waiting_tasks: {every: 0.5}\n')
    crisper = await TestCrisper.start([...cluster.crisperFlags, '--config', config])
  })
  afterAll(async () => {
    await publisher?.stop()
    expect(await crisper?.end()).toBe(0)
    await cluster?.stop()
  })

  const peek = async (query = '') =>
    messagesAnswer.parse((await crisper.get(`/api/queues/celery/messages/?${query}`)).body)
  const touch = (more: object, options: object = {}) =>
    publisher.send({ task: 'test.touch', kwargs: { path: proof, ...more }, options })

  test('what no event told of is listed, found and stopped before any worker sees it', async () => {
    const doomed = await touch({ company_id: 4 }, { countdown: 0.01, expires: 86_400 })
    const wanted = await touch({ company_id: 5 })
    // RabbitMQ lets nobody read without taking: there it is a look on demand that makes them tasks.
    if (kind === 'amqp') await peek()

    const { tasks } = await eventually(
      'both to be listed',
      () => crisper.list('queue=celery&state=SENT'),
      ({ total }) => total === 2,
      60_000,
    )
    expect(tasks.map(({ task_id }) => task_id).toSorted()).toEqual([doomed, wanted].toSorted())
    expect(await crisper.task(doomed)).toMatchObject({
      task_name: 'test.touch',
      state: 'SENT',
      queue: 'celery',
      kwargs: { text: expect.stringContaining("'company_id': 4") },
      meta: { company_id: 4 },
      sources: { state: 'queue', queue: 'queue', company_id: 'arguments' },
      timeline: [{ type: 'seen-in-queue', note: 'celery' }],
    })
    expect((await crisper.list('company_id=4')).total).toBe(1)

    const { stop } = await crisper.stop(doomed, { reason: 'wrong company' })
    expect(stop.status).toBe('armed')
    expect(await crisper.task(doomed)).toMatchObject({ sources: { state: 'stop', error: 'stop' } })
    await cluster.startWorker()

    await crisper.untilState(wanted, 'SUCCESS')
    await crisper.untilStop(stop.id, 'stopped')
    expect(await crisper.task(doomed)).toMatchObject({
      state: 'REVOKED',
      error: expect.stringMatching(/^Soft stopped by .*: wrong company$/),
    })
    expect(readFileSync(proof, 'utf8').trim().split('\n')).toEqual([wanted])
  })

  test('to see a message again changes nothing, and a worker knows better', async () => {
    const [worker] = [await cluster.startWorker({ queues: ['later'], concurrency: 1 })]
    await worker.stop()
    const id = await publisher.send({ task: 'test.add', args: [1, 2], options: { queue: 'later' } })
    const look = () => crisper.get('/api/queues/later/messages/')
    await eventually('the message', look, ({ body }) => body.messages.length === 1)
    const before = await crisper.untilState(id, 'SENT')

    for (let n = 0; n < 3; n += 1) await look()

    expect(await crisper.task(id)).toMatchObject({ created_at: before.created_at, state: 'SENT' })
    await cluster.startWorker({ queues: ['later'], concurrency: 1 })
    const done = await crisper.untilState(id, 'SUCCESS')
    expect(done).toMatchObject({ queue: 'later', task_name: 'test.add', created_at: before.created_at })
  })

  test('a look tells what a message says, what looking does, and what is no task', async () => {
    await publisher.send({ task: 'test.add', args: [1, 2], options: { queue: 'looked/at.é', priority: 3 } })

    const { status, body } = await crisper.get(
      `/api/queues/${encodeURIComponent('looked/at.é')}/messages/?limit=5&from=newest`,
    )

    expect(status).toBe(200)
    expect(messagesAnswer.parse(body)).toMatchObject({
      from: kind === 'redis' ? 'newest' : 'next',
      note: kind === 'redis' ? null : expect.stringContaining('redelivered'),
      messages: [{ task_name: 'test.add', args: expect.stringMatching(/1, 2/), priority: 3, problem: null }],
    })
    expect((await crisper.get('/api/queues/celery/messages/?limit=1000')).status).toBe(400)
    expect(existsSync(proof)).toBe(true)
    if (kind === 'amqp') {
      const missing = await crisper.get('/api/queues/nowhere/messages/')
      expect(missing).toMatchObject({ status: 409, body: { error: 'RabbitMQ has no queue nowhere' } })
    }
  })
})
