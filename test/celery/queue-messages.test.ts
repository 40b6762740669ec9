import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { QueueItem } from '../../src/celery/queue-messages.js'
import { readTaskMessage } from '../../src/celery/task-message.js'
import { newestCelery } from '../harness/celery-versions.js'
import { amqpRig } from './amqp/rig.js'
import { Cleanups, failureOf, type Server, withApp } from './broker-rig.js'
import { redisRig } from './redis/rig.js'

/** The ids of tasks, in the order given. */
function idsOf(items: readonly QueueItem[]): string[] {
  return items.map((item) => (item.ok ? readTaskMessage(item.message, 'q').id : item.problem))
}

const send = (ids: readonly string[], more = '') =>
  ids.map((id) => `app.send_task('test.add', [1, 2], queue='q', task_id='${id}'${more})`).join('\n')

describe.each([redisRig, amqpRig])('messages in queues of $kind', (rig) => {
  const suite = new Cleanups()
  const each = new Cleanups()
  let server: Server
  const onRedis = rig.kind === 'redis'
  const publish = (code: string) => withApp(newestCelery(), server.url, code)

  beforeAll(async () => {
    server = await suite.server(rig)
  })
  afterEach(async () => {
    await each.run()
    await publish(`with app.connection() as c: c.default_channel.queue_purge('q')`)
  })
  afterAll(() => suite.run())

  test('what waits is seen in order, with all that the message says, and stays there', async () => {
    const broker = await each.connected(server.url)
    await publish(`
app.send_task('test.add', [1], {'name': 'é'}, queue='q', task_id='a', priority=0,
              headers={'tenant': 'acme'}, eta='2030-01-01T00:00:00+00:00', expires=3600)
${send(['b', 'c'])}`)

    const [items, newest] = await Promise.all([
      broker.messages.peek('q', { most: 10, from: 'next' }),
      broker.messages.peek('q', { most: 1, from: onRedis ? 'newest' : 'next' }),
    ])

    // RabbitMQ gives a message to one at a time.
    if (onRedis) expect([idsOf(items), idsOf(newest)]).toEqual([['a', 'b', 'c'], ['c']])
    const [first] = await broker.messages.peek('q', { most: 1, from: 'next' })
    if (!first?.ok) throw new Error('no message')
    expect(readTaskMessage(first.message, 'q')).toMatchObject({
      id: 'a',
      task: {
        name: 'test.add',
        args: '[1]',
        kwargs: "{'name': 'é'}",
        eta: '2030-01-01T00:00:00+00:00',
        expires: expect.stringMatching(/^20/),
        retries: 0,
        queue: 'q',
        routingKey: 'q',
      },
      priority: 0,
      origin: expect.stringMatching(/^gen\d+@/),
      redelivered: !onRedis,
      headers: { tenant: 'acme' },
    })
    expect(await broker.queueLengths(['q'])).toMatchObject([{ waiting: 3 }])
  })

  test('a slice is deleted only when that is said, and what comes meanwhile stays', async () => {
    const broker = await each.connected(server.url)
    await publish(send(['a', 'b', 'c', 'd']))
    const drain = await broker.messages.drain('q')
    expect(drain.waiting).toBe(4)

    const first = await drain.next(2)
    expect(await drain.delete()).toEqual([true, true])
    const second = await drain.next(1)
    await drain.close()

    const left = await broker.messages.peek('q', { most: 10, from: 'next' })
    expect(first).toHaveLength(2)
    expect(second).toHaveLength(1)
    expect([...idsOf(first), ...idsOf(left)].toSorted()).toEqual(['a', 'b', 'c', 'd'])
    expect(idsOf(left)).toEqual(expect.arrayContaining(idsOf(second)))

    const again = await broker.messages.drain('q')
    await publish(send(['e']))
    expect(await again.next(10)).toHaveLength(2)
    expect(await again.delete()).toEqual([true, true])
    expect(await again.next(10)).toEqual([])
    await again.close()
    expect(await broker.queueLengths(['q'])).toMatchObject([{ waiting: 1 }])
  })

  test.runIf(onRedis)('what a worker took meanwhile is not called deleted', async () => {
    const broker = await each.connected(server.url)
    await publish(send(['a', 'b', 'c']))
    const drain = await broker.messages.drain('q')

    expect(idsOf(await drain.next(10))).toEqual(['c', 'b', 'a'])
    await publish(`with app.connection() as c: c.default_channel.basic_get('q', no_ack=True)`)

    expect(await drain.delete()).toEqual([true, true, false])
    expect(await drain.next(10)).toEqual([])
  })

  test.runIf(onRedis)(
    'each message is given once, however much there is and whoever takes some',
    async () => {
      const broker = await each.connected(server.url)
      const named = (from: number, to: number) =>
        `for n in range(${from}, ${to}): app.send_task('test.add', [n], queue='q', task_id=str(n))`
      const unseen = async (most: number) => {
        const found = await broker.messages.unseen(['q'], most)
        return found.flatMap(({ items }) => idsOf(items)).map(Number)
      }
      const seen = new Set<number>()
      const note = (ids: readonly number[]) => {
        for (const id of ids) seen.add(id)
      }

      await publish(named(0, 450))
      note(await unseen(200))
      expect(seen.size).toBe(200)
      await publish(named(450, 500))
      await publish(
        `with app.connection() as c:\n  for n in range(60): c.default_channel.basic_get('q', no_ack=True)`,
      )
      for (let round = 0; round < 5; round += 1) note(await unseen(200))

      expect([...seen].filter((n) => n >= 60)).toHaveLength(440)
      expect(await unseen(200)).toEqual([])
      await publish(named(500, 501))
      expect(await unseen(200)).toEqual([500])
    },
  )

  test('a queue that can not be read says why', async () => {
    const broker = await each.connected(server.url)
    if (onRedis) {
      expect(await broker.messages.peek('missing', { most: 1, from: 'next' })).toEqual([])
      return
    }
    const failure = await failureOf(broker.messages.peek('missing', { most: 1, from: 'next' }))
    expect(failure).toMatchObject({ name: 'QueueUnreadable', missing: true })
    await publish(send(['a']))
    expect(await broker.messages.peek('q', { most: 1, from: 'next' })).toHaveLength(1)
  })
})
