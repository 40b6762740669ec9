import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeEnvelope } from '../../src/celery/messages.js'
import { queuesAnswer } from '../../src/http/queues-answer.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'

const count = 10_000
let cluster: Cluster
let crisper: TestCrisper

beforeAll(async () => {
  cluster = await Cluster.start('redis')
  const redis = new Redis(cluster.brokerUrl)
  const pipeline = redis.pipeline()
  for (let n = 0; n < count; n += 1) {
    const queue = `tenant-${n}`
    const headers = { lang: 'py', task: 'test.add', id: `task-${n}`, argsrepr: '(1,)', kwargsrepr: '{}' }
    pipeline.sadd('_kombu.binding.celery', [queue, '', queue].join('\x06\x16'))
    pipeline.lpush(queue, makeEnvelope({ body: [[1], {}, {}], headers, exchange: '', routingKey: queue }))
  }
  await pipeline.exec()
  await redis.quit()
  crisper = await TestCrisper.start(cluster.crisperFlags)
})
afterAll(async () => {
  expect(await crisper?.end()).toBe(0)
  await cluster?.stop()
})

test('ten thousand queues are listed with what waits in each, and their tasks become known', async () => {
  const read = async () => queuesAnswer.parse((await crisper.get('/api/queues/')).body)
  const { queues, more } = await eventually('all queues', read, ({ queues }) => queues.length === count)
  expect(more).toBe(false)
  expect(queues.every(({ waiting, error }) => waiting === 1 && error === null)).toBe(true)

  const tasks = await eventually(
    'all tasks, some at each look',
    () => crisper.list('state=SENT&limit=1'),
    ({ total }) => (total ?? 0) >= 1000,
    60_000,
  )
  expect(tasks.tasks[0]).toMatchObject({ task_name: 'test.add', queue: expect.stringMatching(/^tenant-/) })
  // An answer is shared for two seconds: of several only some are read anew.
  const took: number[] = []
  for (let n = 0; n < 5; n += 1) {
    const begun = performance.now()
    const response = await fetch(`${crisper.url}/api/queues/`)
    await response.text()
    took.push(Math.round(performance.now() - begun))
    await new Promise((resolve) => setTimeout(resolve, 2100))
  }
  console.log(`10,000 queues listed in ${took.join(', ')} ms`)
})
