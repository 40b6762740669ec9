import { writeFile } from 'node:fs/promises'
import { connect } from 'amqplib'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startRabbitmq } from '../../../scripts/services/rabbitmq.mjs'
import { Cleanups, failureOf, statesOf, streamOf } from '../broker-rig.js'
import { amqpRig } from './rig.js'

const suite = new Cleanups()
const each = new Cleanups()
const ping = { method: 'ping', arguments: {} }
let server: Awaited<ReturnType<typeof startRabbitmq>>

beforeAll(async () => {
  server = await startRabbitmq({ dir: await suite.folder() })
  suite.add(() => server.stop())
})
afterEach(() => each.run())
afterAll(() => suite.run())

test('comes back when an operator closes its connections', async () => {
  const broker = await each.connected(server.url)
  const stream = await streamOf(broker)
  const states = statesOf(broker)
  const reasons: string[] = []
  broker.onStatus((status) => reasons.push(status.state === 'reconnecting' ? status.error : ''))

  await server.rabbitmqctl(['close_all_connections', 'go away'])

  await expect.poll(() => broker.status).toMatchObject({ state: 'connected', reconnects: 1 })
  expect(states).toEqual(['reconnecting', 'connected'])
  expect(reasons[0]).toMatch(/CONNECTION_FORCED - go away/)
  const publisher = await each.publisher(amqpRig, server.url)
  await publisher.publish('task.started', 'after')
  await expect.poll(() => stream.bodies()).toEqual(['"after"'])
  expect(await broker.broadcast(ping, { timeoutMs: 50 })).toEqual([])
})

test('while RabbitMQ runs short of memory, commands fail at once and all else goes on', async () => {
  const broker = await each.connected(server.url)
  const stream = await streamOf(broker)
  each.add(() => server.rabbitmqctl(['set_vm_memory_high_watermark', '0.8']))
  await server.rabbitmqctl(['set_vm_memory_high_watermark', '0.000001'])

  const asked = performance.now()
  for (const attempt of ['finds out', 'knows']) {
    const error = await failureOf(broker.broadcast(ping, { timeoutMs: 60_000 }))
    expect(error, attempt).toMatchObject({ name: 'BrokerUnreachable', reason: 'network' })
    expect(String(error), attempt).toContain('free memory or disk')
  }
  expect(performance.now() - asked).toBeLessThan(4_000)
  expect(await broker.queueLengths(['celery'])).toHaveLength(1)

  await server.rabbitmqctl(['set_vm_memory_high_watermark', '0.8'])
  await expect.poll(() => broker.broadcast(ping, { timeoutMs: 50 }).catch(() => null)).toEqual([])
  expect(broker.status).toMatchObject({ state: 'connected', reconnects: 0 })
  const publisher = await each.publisher(amqpRig, server.url)
  await publisher.publish('task.started', 'after')
  await expect.poll(() => stream.bodies()).toEqual(['"after"'])
})

test('exchanges that exist with other settings are used as they are', async () => {
  const other = await connect(server.url.replace(/\/\/$/, ''))
  each.add(() => other.close())
  const channel = await other.createChannel()
  await channel.assertExchange('odd_events', 'topic', { durable: false })
  await channel.assertExchange('odd_control.pidbox', 'fanout', { durable: true })
  const options = { eventExchange: 'odd_events', controlExchange: 'odd_control', eventQueue: null }
  const broker = await each.connected(server.url, options)
  const stream = await streamOf(broker)

  channel.publish('odd_events', 'task.started', Buffer.from('seen'))

  await expect.poll(() => stream.bodies()).toEqual(['seen'])
  expect(await broker.broadcast(ping, { timeoutMs: 50 })).toEqual([])
})

test('a user without the permission to declare the queue is told so', async () => {
  await server.rabbitmqctl(['add_user', 'reader', 'secret'])
  await server.rabbitmqctl(['set_permissions', 'reader', '^(?!crisper\\.events).*', '.*', '.*'])
  const broker = await each.connected(server.url.replace('guest:guest@', 'reader:secret@'), {
    eventQueue: 'crisper.events.forbidden',
  })

  const error = await failureOf(broker.subscribe(() => undefined))

  expect(error).toMatchObject({ name: 'BrokerUnreachable', reason: 'auth' })
  expect(String(error)).toContain("queue 'crisper.events.forbidden'")
  expect(broker.status.state).toBe('connected')
})

test('where RabbitMQ has no quorum queues, events are kept in a classic one', async () => {
  const dir = await each.folder()
  // Without its optional features it is as one that was upgraded from long ago, and closes a connection that asks.
  await writeFile(`${dir}/rabbitmq-env.conf`, 'FEATURE_FLAGS=\n')
  const old = await startRabbitmq({ dir })
  each.add(() => old.stop())
  const flags = await old.rabbitmqctl(['list_feature_flags', 'name', 'state'])
  // From 3.12 on quorum queues can't be switched off.
  const expected = /quorum_queue\s+disabled/.test(flags) ? 'classic' : 'quorum'

  const stream = await streamOf(await each.connected(old.url))

  expect(stream.subscription.queueType).toBe(expected)
  const publisher = await each.publisher(amqpRig, old.url)
  await publisher.publish('task.started', 'kept')
  await expect.poll(() => stream.bodies()).toEqual(['"kept"'])
})
