import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/services/free-port.mjs'
import type { BrokerUnreachable } from '../../src/celery/errors.js'
import { newestCelery } from '../harness/celery-versions.js'
import { Cleanups, failureOf, type Rig, type Server, statesOf, streamOf, withApp } from './broker-rig.js'

/** What a Broker promises whatever its kind, without workers. */
export function describeBroker(rig: Rig): void {
  describe(`broker on ${rig.kind}`, () => {
    const suite = new Cleanups()
    const each = new Cleanups()
    let server: Server
    beforeAll(async () => {
      server = await suite.server(rig)
    })
    afterEach(() => each.run())
    afterAll(() => suite.run())

    test('says what state it is in', async () => {
      const broker = each.broker(server.url)
      expect(broker.status).toEqual({ state: 'idle' })

      await broker.connect()
      expect(broker.status).toEqual({ state: 'connected', since: expect.any(Date), reconnects: 0 })

      await broker.close()
      expect(broker.status).toEqual({ state: 'closed' })
      expect(await failureOf(broker.connect())).toMatchObject({ name: 'BrokerUnreachable' })
    })

    test('a wrong password is told as such and never quoted', async () => {
      const broker = each.broker(server.url.replace(/:[^:@/]*@/, ':hunter2@'))

      const error = await failureOf(broker.connect())

      expect(error).toMatchObject({ name: 'BrokerUnreachable', reason: 'auth' })
      expect(String(error)).toContain(broker.maskedUrl)
      expect(broker.maskedUrl).toContain(':**@')
      expect(String(error)).not.toContain('hunter2')
    })

    test('a server that is away is told as such', async () => {
      const broker = each.broker(server.url.replace(`:${server.port}`, `:${await freePort()}`))

      const error = await failureOf(broker.connect())

      expect(error).toMatchObject({ name: 'BrokerUnreachable', reason: 'network' })
      expect(String(error)).toContain('ECONNREFUSED')
      expect(broker.status.state).toBe('idle')
      const asked = await Promise.all([
        failureOf(broker.queueLengths(['celery'])),
        failureOf(broker.subscribe(() => undefined)),
        failureOf(broker.broadcast({ method: 'ping', arguments: {} }, { timeoutMs: 10_000 })),
      ])
      for (const each of asked) expect(each).toMatchObject({ name: 'BrokerUnreachable' })
    })

    test('delivers events as they were published', async () => {
      const broker = await each.connected(server.url)
      const publisher = await each.publisher(rig, server.url)
      const stream = await streamOf(broker)
      const before = Date.now()

      await publisher.publish('task.multi', [{ type: 'task-started', uuid: 'é' }])

      await expect.poll(() => stream.deliveries).toHaveLength(1)
      expect(stream.deliveries[0]?.open()).toMatchObject({
        ok: true,
        contentType: 'application/json',
        contentEncoding: 'utf-8',
        headers: { hostname: 'worker1@host' },
      })
      expect(stream.bodies()).toEqual(['[{"type":"task-started","uuid":"é"}]'])
      expect(Number(stream.deliveries[0]?.arrivedAt)).toBeGreaterThanOrEqual(before)
      for (const delivery of stream.deliveries) stream.subscription.acknowledge(delivery)
    })

    test('has one event stream at a time, which can be stopped and started again', async () => {
      const broker = await each.connected(server.url)
      const publisher = await each.publisher(rig, server.url)
      const first = await streamOf(broker)
      await expect(broker.subscribe(() => undefined)).rejects.toThrow('subscriber already')
      await first.subscription.stop()

      const second = await streamOf(broker)
      await publisher.publish('task.started', 'to the second')

      await expect.poll(() => second.bodies()).toEqual(['"to the second"'])
      expect(first.deliveries).toEqual([])
      second.deliveries.map((delivery) => second.subscription.acknowledge(delivery))
    })

    test('workers are heard by all, with the event stream and without it', async () => {
      const options = { eventQueue: `crisper.events.${randomUUID()}` }
      const [reader, other] = [each.broker(server.url, options), each.broker(server.url, options)]
      const heard = [reader, other].map((broker) => ({ broker, bodies: [] as string[] }))
      // One when it is connected, one before.
      await reader.connect()
      for (const { broker, bodies } of heard) {
        await broker.listenToWorkers((delivery) => {
          const message = delivery.open()
          if (message.ok) bodies.push(message.body.toString('utf8'))
        })
      }
      await other.connect()
      const stream = await streamOf(reader)
      const publisher = await each.publisher(rig, server.url)

      await publisher.publish('task.multi', 'of tasks')
      await publisher.publish('worker.heartbeat', 'of a worker')

      await expect.poll(() => stream.bodies()).toEqual(['"of tasks"', '"of a worker"'])
      await expect
        .poll(() => heard.map(({ bodies }) => bodies))
        .toEqual([['"of a worker"'], ['"of a worker"']])
      stream.deliveries.map((delivery) => stream.subscription.acknowledge(delivery))
      await stream.subscription.stop()
      await publisher.publish('worker.offline', 'goodbye')
      await expect.poll(() => heard.map(({ bodies }) => bodies.length)).toEqual([2, 2])
    })

    test('waits for replies until the time is over, or until told to stop', async () => {
      const broker = await each.connected(server.url)
      const ping = { method: 'ping', arguments: {} }
      const timed = async (options: Parameters<typeof broker.broadcast>[1]) => {
        const start = performance.now()
        const replies = await broker.broadcast(ping, options)
        expect(replies).toEqual([])
        return performance.now() - start
      }

      expect(await timed({ timeoutMs: 300 })).toBeGreaterThanOrEqual(295)
      expect(await timed({ timeoutMs: 60_000, signal: AbortSignal.timeout(50) })).toBeLessThan(5_000)
      expect(await timed({ timeoutMs: 0 })).toBeLessThan(5_000)
      expect(await timed({ timeoutMs: 60_000, expected: 0 })).toBeLessThan(5_000)
      const stopped = broker.broadcast(ping, { timeoutMs: 60_000, signal: AbortSignal.abort('stop') })
      await expect(stopped).rejects.toBe('stop')
    })

    test('an empty destination asks nobody', async () => {
      const broker = await each.connected(server.url)
      const asked = broker.broadcast(
        { method: 'shutdown', arguments: {}, destination: [] },
        { timeoutMs: 60_000 },
      )
      expect(await asked).toEqual([])
    })

    test('knows how many messages wait in each queue, at all priorities', async () => {
      const broker = await each.connected(server.url)
      const send = (queue: string, priority: number) =>
        `app.send_task('test.add', [1, 2], queue='${queue}', priority=${priority})`
      const code = [send('waiting', 0), send('waiting', 4), send('waiting', 9), send('other', 3)]
      await withApp(newestCelery(), server.url, code.join('\n'))

      const lengths = await broker.queueLengths(['other', 'missing', 'waiting', 'missing too', 'waiting'])

      const there = { consumers: rig.kind === 'redis' ? null : 0, missing: false, error: null }
      const gone = { waiting: null, consumers: null, missing: true, error: 'RabbitMQ has no such queue' }
      const missing = rig.kind === 'redis' ? { ...there, waiting: 0 } : gone
      expect(lengths).toEqual([
        { queue: 'other', waiting: 1, ...there },
        { queue: 'missing', ...missing },
        { queue: 'waiting', waiting: 3, ...there },
        { queue: 'missing too', ...missing },
        { queue: 'waiting', waiting: 3, ...there },
      ])
      expect(await broker.queueLengths([])).toEqual([])
    })

    test('queues that are missing, thousands of them, disturb neither the others nor the event stream', async () => {
      const broker = await each.connected(server.url)
      const publisher = await each.publisher(rig, server.url)
      const stream = await streamOf(broker)
      await withApp(newestCelery(), server.url, `app.send_task('test.add', [1, 2], queue='among many')`)
      const names = Array.from({ length: 2_001 }, (_, n) => (n === 1_000 ? 'among many' : `nowhere ${n}`))

      const [lengths, again] = await Promise.all([
        broker.queueLengths(names),
        broker.queueLengths(['', 'x'.repeat(300), 'among many']),
      ])

      expect(lengths.map(({ queue }) => queue)).toEqual(names)
      expect(lengths[1_000]).toMatchObject({ waiting: 1, error: null })
      expect(again).toMatchObject([{}, {}, { waiting: 1 }])
      await publisher.publish('task.started', 'still here')
      await expect.poll(() => stream.bodies()).toContain('"still here"')
      stream.deliveries.map((delivery) => stream.subscription.acknowledge(delivery))
      expect(broker.status).toMatchObject({ state: 'connected', reconnects: 0 })
    })

    test('comes back after the server was away, with its subscription; a first connection is tried again when asked', async () => {
      const broker = await each.connected(server.url)
      const late = each.broker(server.url)
      const stream = await streamOf(broker)
      const states = statesOf(broker)

      await server.kill()
      await expect.poll(() => broker.status.state).toBe('reconnecting')
      const asked = performance.now()
      const ping = broker.broadcast({ method: 'ping', arguments: {} }, { timeoutMs: 60_000 })
      expect(await failureOf(ping)).toMatchObject({ name: 'BrokerUnreachable', reason: 'network' })
      expect(performance.now() - asked).toBeLessThan(1_000)
      await failureOf(late.connect())
      await server.restart()
      await late.connect()
      expect(late.status).toMatchObject({ state: 'connected', reconnects: 0 })
      await expect.poll(() => broker.status, { timeout: 45_000 }).toMatchObject({ reconnects: 1 })

      expect(states).toEqual(['reconnecting', 'connected'])
      const publisher = await each.publisher(rig, server.url)
      await publisher.publish('task.started', 'after')
      await expect.poll(() => stream.bodies()).toEqual(['"after"'])
      stream.deliveries.map((delivery) => stream.subscription.acknowledge(delivery))
      expect(await broker.queueLengths(['nothing'])).toHaveLength(1)
    })

    test('says what is wrong with each server of a fail-over list', async () => {
      const dead = server.url.replace(`:${server.port}`, `:${await freePort()}`)
      const refusing = server.url.replace(/:[^:@/]*@/, ':hunter2@')

      const error = await failureOf(each.broker(`${dead};${refusing}`).connect())

      const expected: Partial<BrokerUnreachable> = { name: 'BrokerUnreachable', reason: 'auth' }
      expect(error).toMatchObject(expected)
      expect(String(error)).toContain('ECONNREFUSED')
      expect(String(error)).not.toContain('hunter2')
    })

    test('goes through a fail-over list at first and after each loss', async () => {
      const other = await each.server(rig)
      const dead = server.url.replace(`:${server.port}`, `:${await freePort()}`)
      const broker = await each.connected(`${dead};${server.url};${other.url}`)
      const stream = await streamOf(broker)

      await server.kill()
      await expect
        .poll(() => broker.status, { timeout: 45_000 })
        .toMatchObject({
          state: 'connected',
          reconnects: 1,
        })
      const publisher = await each.publisher(rig, other.url)
      await publisher.publish('task.started', 'on the other')
      await expect.poll(() => stream.bodies()).toEqual(['"on the other"'])
    })
  })
}
