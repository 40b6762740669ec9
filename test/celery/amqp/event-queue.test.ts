import { type Channel, connect, type RecoveringChannelModel } from 'amqplib'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startRabbitmq } from '../../../scripts/services/rabbitmq.mjs'
import { openConnection } from '../../../src/celery/amqp/connection.js'
import { EventConsumer, piece, prefetch } from '../../../src/celery/amqp/event-consumer.js'
import type { Delivery } from '../../../src/celery/broker.js'
import { parseBrokerUrl } from '../../../src/celery/broker-url.js'
import { eventually } from '../../harness/eventually.js'
import { Cleanups, failureOf, type Publisher, streamOf } from '../broker-rig.js'
import { amqpRig } from './rig.js'

const suite = new Cleanups()
const each = new Cleanups()
let server: Awaited<ReturnType<typeof startRabbitmq>>
let publisher: Publisher
/** Somebody else's connection, which sees what Crisper leaves behind. */
let other: RecoveringChannelModel

beforeAll(async () => {
  server = await startRabbitmq({ dir: await suite.folder() })
  suite.add(() => server.stop())
  publisher = await suite.publisher(amqpRig, server.url)
  other = await connect(server.url.replace(/\/\/$/, ''), { recovery: { maxDelay: 500 } })
  other.on('error', () => undefined)
  suite.add(() => other.close())
})
afterEach(() => each.run())
afterAll(() => suite.run())

test('events that are published while Crisper is away are delivered when it is back', async () => {
  const first = await each.connected(server.url, { eventQueue: 'away' })
  await streamOf(first)
  await first.close()

  await publisher.publish('task.started', 1)
  await publisher.publish('task.succeeded', 2)

  const second = await streamOf(await each.connected(server.url, { eventQueue: 'away' }))
  await expect.poll(() => second.bodies()).toEqual(['1', '2'])
})

test('what is not acknowledged is delivered again, what is acknowledged is not', async () => {
  const first = await each.connected(server.url, { eventQueue: 'unacknowledged' })
  const stream = await streamOf(first)
  for (const body of [1, 2, 3, 4]) await publisher.publish('task.started', body)
  await expect.poll(() => stream.bodies()).toHaveLength(4)

  const [, second] = stream.deliveries
  if (second === undefined) throw new Error('no second delivery')
  stream.subscription.acknowledge(second)
  // RabbitMQ closes a channel that acknowledges something twice.
  stream.subscription.acknowledge(second)
  await first.close()

  const again = await streamOf(await each.connected(server.url, { eventQueue: 'unacknowledged' }))
  await expect.poll(() => again.bodies()).toEqual(['3', '4'])
})

test('while many wait here they are acknowledged in large pieces, and what is left of them at the end', async () => {
  const broker = await each.connected(server.url, { eventQueue: 'pieces' })
  const stream = await streamOf(broker)
  const waiting = prefetch - piece
  await publishMany(waiting + 2000)
  await expect.poll(() => stream.deliveries.length).toBe(waiting + 2000)
  const keptUpTo = (index: number, { subscription, deliveries } = stream) => {
    const last = deliveries[index]
    if (last !== undefined) subscription.acknowledge(last)
  }

  keptUpTo(999)
  await untilMessagesIn('pieces', { ready: 0, unacknowledged: waiting + 2000 })
  await stream.subscription.stop()
  await untilMessagesIn('pieces', { ready: waiting + 1000, unacknowledged: 0 })

  const next = await streamOf(broker)
  await expect.poll(() => next.deliveries.length).toBe(waiting + 1000)
  keptUpTo(1499, next)
  await untilMessagesIn('pieces', { ready: 0, unacknowledged: waiting - 500 })
})

test('of two on one queue one reads; the other as soon as that one ends', async () => {
  const first = await streamOf(await each.connected(server.url, { eventQueue: 'shared' }))
  const second = await streamOf(await each.connected(server.url, { eventQueue: 'shared' }))
  expect([first.subscription.standsBy, second.subscription.standsBy]).toEqual([false, true])

  // More than the first can hold: the rest waits for it.
  const published = prefetch + 1000
  await publishMany(published)
  await untilMessagesIn('shared', { ready: 1000, unacknowledged: prefetch })
  const last = first.deliveries[999]
  if (last !== undefined) first.subscription.acknowledge(last)
  expect(second.deliveries).toEqual([])

  await first.subscription.stop()
  await expect.poll(() => second.subscription.standsBy, { timeout: 5000 }).toBe(false)
  await expect.poll(() => second.deliveries.length).toBe(prefetch)
  expect(second.bodies()).toEqual(Array.from({ length: prefetch }, (_, n) => `${n + 1000}`))
})

test('one helps while the other does not keep up, and stands by again when it does', async () => {
  const [url] = parseBrokerUrl(server.url)
  if (url?.kind !== 'amqp') throw new Error('not a RabbitMQ')
  const connection = await openConnection(url, 'helper')
  each.add(() => connection.close())
  const first = await streamOf(await each.connected(server.url, { eventQueue: 'helped' }))
  const helped: Delivery[] = []
  const helper = new EventConsumer(connection, {
    ...{ eventExchange: 'celeryev', eventQueue: 'helped', refusals: { quorumQueues: false } },
    onDelivery: (delivery) => helped.push(delivery),
    onBroken: (error) => expect.fail(String(error)),
    patienceMs: 1500,
  })
  await helper.start()
  each.add(() => helper.stop())
  await publishMany(prefetch + 1000)
  const numbers = (deliveries: readonly Delivery[]) =>
    deliveries.flatMap((delivery) => {
      const message = delivery.open()
      return message.ok ? [message.body.toString('utf8')] : []
    })
  await expect.poll(() => new Set(numbers(helped)).size, { timeout: 20_000 }).toBe(1000)

  await eventually(
    'it to stand by again',
    async () => {
      // What it gave back comes again.
      const [last] = helped.slice(-1)
      if (last !== undefined) helper.acknowledge(last)
      return helper.standsBy
    },
    (standsBy) => standsBy,
  )
  const [firstsLast] = first.deliveries.slice(-1)
  if (firstsLast !== undefined) first.subscription.acknowledge(firstsLast)
  await untilMessagesIn('helped', { ready: 0, unacknowledged: 0 })
  await publisher.publish('task.started', 'for the first')
  await expect.poll(() => first.bodies().at(-1)).toBe('"for the first"')
  expect(numbers(helped)).not.toContain('"for the first"')
})

test('a delivery of an earlier connection is not acknowledged on the next', async () => {
  const broker = await each.connected(server.url, { eventQueue: 'earlier' })
  const stream = await streamOf(broker)
  await publisher.publish('task.started', 'early')
  await expect.poll(() => stream.bodies()).toEqual(['"early"'])
  const [early] = stream.deliveries
  if (early === undefined) throw new Error('no delivery')

  await stream.subscription.stop()
  const next = await streamOf(broker)
  await expect.poll(() => next.bodies()).toEqual(['"early"'])
  next.subscription.acknowledge(early)

  await publisher.publish('task.started', 'late')
  await expect.poll(() => next.bodies()).toEqual(['"early"', '"late"'])
})

test('transient events outlive a restart of RabbitMQ', async () => {
  const first = await each.connected(server.url, { eventQueue: 'restart' })
  expect((await streamOf(first)).subscription.queueType).toBe('quorum')
  await first.close()
  await publisher.publish('task.started', 'before')

  await server.restart()

  const second = await streamOf(await each.connected(server.url, { eventQueue: 'restart' }))
  await expect.poll(() => second.bodies(), { timeout: 20_000 }).toEqual(['"before"'])
})

test('a queue that is deleted under us is declared anew', async () => {
  const broker = await each.connected(server.url, { eventQueue: 'deleted' })
  const stream = await streamOf(broker)

  await withChannel((channel) => channel.deleteQueue('deleted'))
  await expect.poll(() => isThere('deleted'), { timeout: 10_000 }).toBe(true)
  // It is bound a moment after it is declared.
  await expect
    .poll(async () => {
      await publisher.publish('task.started', 'after')
      return stream.bodies()
    })
    .toContain('"after"')

  expect(broker.status).toMatchObject({ state: 'connected', reconnects: 0 })
})

test('a queue of that name with other settings is used as it is', async () => {
  await withChannel((channel) => channel.assertQueue('found', { durable: true }))
  suite.add(() => withChannel((channel) => channel.deleteQueue('found')))

  const stream = await streamOf(await each.connected(server.url, { eventQueue: 'found' }))

  expect(stream.subscription.queueType).toBe('found')
  await publisher.publish('task.started', 'here')
  await expect.poll(() => stream.bodies()).toEqual(['"here"'])
})

test('a temporary queue leaves nothing behind', async () => {
  const before = await queueNames()
  const broker = await each.connected(server.url, { eventQueue: null })
  const stream = await streamOf(broker)
  expect(stream.subscription.queueType).toBe('temporary')
  await publisher.publish('worker.heartbeat', 'seen')
  await expect.poll(() => stream.bodies()).toEqual(['"seen"'])

  await broker.close()

  expect(await queueNames()).toEqual(before)
})

test('a vhost that is not there is told as such', async () => {
  const url = server.url.replace(/\/\/$/, '/nowhere')

  const error = await failureOf(each.broker(url).connect())

  expect(error).toMatchObject({ name: 'BrokerUnreachable', reason: 'auth' })
  expect(String(error)).toContain("there is no vhost 'nowhere'")
})

/** Numbers from 0 on. Confirmed: a quorum queue forgets what it has not taken yet of a channel that ends. */
async function publishMany(count: number): Promise<void> {
  const channel = await other.createConfirmChannel()
  for (let n = 0; n < count; n += 1) channel.publish('celeryev', 'task.started', Buffer.from(`${n}`))
  await channel.waitForConfirms()
  await channel.close()
}

/** A quorum queue tells its numbers every five seconds. */
async function untilMessagesIn(
  queue: string,
  expected: { readonly ready: number; readonly unacknowledged: number },
): Promise<void> {
  const columns = ['name', 'messages_ready', 'messages_unacknowledged']
  const numbers = async () => {
    const output = await server.rabbitmqctl(['-q', 'list_queues', ...columns, '--no-table-headers'])
    const line = output.split('\n').find((each) => each.startsWith(`${queue}\t`))
    const [, ready, unacknowledged] = line?.split('\t').map(Number) ?? []
    return { ready, unacknowledged }
  }
  await expect.poll(numbers, { timeout: 20_000 }).toEqual(expected)
}

async function withChannel<T>(run: (channel: Channel) => Promise<T> | T): Promise<T> {
  const channel = await other.createChannel()
  channel.on('error', () => undefined)
  const result = await run(channel)
  await channel.close()
  return result
}

async function isThere(queue: string): Promise<boolean> {
  try {
    await withChannel((channel) => channel.checkQueue(queue))
    return true
  } catch {
    return false
  }
}

async function queueNames(): Promise<string[]> {
  const output = await server.rabbitmqctl(['-q', 'list_queues', 'name', '--no-table-headers'])
  return output.split('\n').filter(Boolean).toSorted()
}
