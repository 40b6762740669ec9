import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { describeBroker } from '../broker-contract.js'
import { Cleanups, streamOf } from '../broker-rig.js'
import { redisRig } from './rig.js'

describeBroker(redisRig)

const cleanups = new Cleanups()
afterAll(() => cleanups.run())

test('what is no message arrives as malformed, and the stream goes on', async () => {
  const server = await cleanups.server(redisRig)
  const stream = await streamOf(await cleanups.connected(server.url))
  const redis = new Redis(server.url)
  cleanups.add(() => redis.disconnect())
  const publisher = await cleanups.publisher(redisRig, server.url)

  await redis.publish('/0.celeryev/task.multi', 'x'.repeat(1_000))
  await redis.publish('/0.celeryev/task.multi', '[1]')
  await redis.publish('/0.celeryev/task.multi', '')
  await publisher.publish('task.multi', 'good')

  await expect.poll(() => stream.bodies()).toEqual(['"good"'])
  expect(stream.deliveries.map((delivery) => delivery.open())).toMatchObject([
    { ok: false, problem: { reason: 'no_envelope' }, sample: 'x'.repeat(200) },
    { ok: false, problem: { reason: 'no_envelope' }, sample: '[1]' },
    { ok: false, problem: { reason: 'no_envelope' }, sample: '' },
    { ok: true },
  ])
})

test('a key that holds something else is no queue', async () => {
  const server = await cleanups.server(redisRig)
  const redis = new Redis(server.url)
  cleanups.add(() => redis.disconnect())
  await redis.set('text', 'x')
  await redis.lpush('list', 'x')

  const lengths = await (await cleanups.connected(server.url)).queueLengths(['text', 'list'])

  expect(lengths).toMatchObject([
    { waiting: null, error: 'Redis has no list under the key text' },
    { waiting: 1, error: null },
  ])
})
