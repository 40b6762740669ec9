import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, test } from 'vitest'
import { freePort } from '../../../scripts/services/free-port.mjs'
import { startProcess, untilReady } from '../../../scripts/services/process.mjs'
import { startRedis } from '../../../scripts/services/redis.mjs'
import { makeEnvelope } from '../../../src/celery/messages.js'
import { Cleanups, statesOf, streamOf } from '../broker-rig.js'

const each = new Cleanups()
afterEach(() => each.run())

const ping = { method: 'ping', arguments: {} }

async function redisServer(options: Partial<Parameters<typeof startRedis>[0]> = {}) {
  const server = await startRedis({ dir: await each.folder(), ...options })
  each.add(() => server.stop())
  return server
}

function client(url: string): Redis {
  const redis = new Redis(url)
  redis.on('error', () => undefined)
  each.add(() => redis.disconnect())
  return redis
}

const event = (name: string): string =>
  makeEnvelope({ body: name, headers: {}, exchange: 'celeryev', routingKey: 'task.multi' })

test('speaks over a Unix socket, in the database that the URL names', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'crisper-socket-'))
  each.add(() => rm(dir, { recursive: true }))
  const { url } = await redisServer({ unixSocket: `${dir}/redis.sock` })
  const broker = await each.connected(`redis+socket://${dir}/redis.sock?virtual_host=2`)
  const stream = await streamOf(broker)
  const redis = client(url)

  await redis.publish('/0.celeryev/task.multi', event('another database'))
  await redis.publish('/2.celeryev/task.multi', event('ours'))
  await redis.select(2)
  await redis.lpush('celery', 'a task')

  await expect.poll(() => stream.bodies()).toEqual(['"ours"'])
  expect(await broker.queueLengths(['celery'])).toMatchObject([{ waiting: 1 }])
})

test('where channels do not tell workers apart they are heard all the same, also without the stream', async () => {
  const { url } = await redisServer()
  const broker = await each.connected(url, { fanoutPatterns: false })
  const heard: string[] = []
  await broker.listenToWorkers((delivery) => {
    const message = delivery.open()
    if (message.ok) heard.push(message.body.toString('utf8'))
  })
  const stream = await streamOf(broker)
  const redis = client(url)
  const beat = (name: string) =>
    makeEnvelope({ body: name, headers: {}, exchange: 'celeryev', routingKey: 'worker.heartbeat' })

  await redis.publish('/0.celeryev', event('of tasks'))
  await redis.publish('/0.celeryev', beat('of a worker'))

  await expect.poll(() => stream.bodies()).toEqual(['"of tasks"', '"of a worker"'])
  await expect.poll(() => heard).toEqual(['"of a worker"'])
  await stream.subscription.stop()
  await redis.publish('/0.celeryev', beat('again'))
  await expect.poll(() => heard).toHaveLength(2)
  expect(stream.bodies()).toHaveLength(2)
})

describe('channels are named as the transport options say', () => {
  test.each([
    [{ fanoutPrefix: false }, 'celeryev/task.multi', 'celery.pidbox'],
    [{ fanoutPrefix: '/mine.' }, '/mine.celeryev/task.multi', '/mine.celery.pidbox'],
    [{ fanoutPrefix: '/mine-{db}.' }, '/mine-0.celeryev/task.multi', '/mine-0.celery.pidbox'],
    [{ fanoutPatterns: false }, '/0.celeryev', '/0.celery.pidbox'],
    [{ globalKeyprefix: '[a]*' }, '[a]*/0.celeryev/task.multi', '[a]*/0.celery.pidbox'],
  ])('%j', async (options, eventChannel, controlChannel) => {
    const { url } = await redisServer()
    const broker = await each.connected(url, options)
    const stream = await streamOf(broker)
    const commands: string[] = []
    const worker = client(url)
    worker.on('message', (channel: string) => commands.push(channel))
    await worker.subscribe(controlChannel)
    const publisher = client(url)

    await publisher.publish('a/0.celeryev/task.multi', event('somebody else'))
    await publisher.publish(eventChannel, event('ours'))
    await broker.broadcast(ping, { timeoutMs: 0 })

    await expect.poll(() => stream.bodies()).toEqual(['"ours"'])
    await expect.poll(() => commands).toEqual([controlChannel])
  })
})

test('a broadcast leaves nothing behind, whether it is answered, over or aborted', async () => {
  const { url } = await redisServer()
  const broker = await each.connected(url)
  const redis = client(url)

  const asked = [
    broker.broadcast(ping, { timeoutMs: 300 }),
    broker.broadcast(ping, { timeoutMs: 60_000, signal: AbortSignal.timeout(200) }),
  ]
  await expect.poll(() => redis.scard('_kombu.binding.reply.celery.pidbox')).toBe(1)
  await Promise.all(asked)
  expect(await redis.keys('*')).toEqual([])

  const unfinished = broker.broadcast(ping, { timeoutMs: 60_000 })
  await expect.poll(() => redis.exists('_kombu.binding.reply.celery.pidbox')).toBe(1)
  await broker.close()
  await expect(unfinished).resolves.toEqual([])
  expect(await redis.keys('*')).toEqual([])
})

test('comes back, with its subscription, whichever of its connections the server cuts', async () => {
  const { url } = await redisServer()
  const broker = await each.connected(url)
  const stream = await streamOf(broker)
  const redis = client(url)
  const own = Number(await redis.client('ID'))

  for (let loss = 1; loss <= 3; loss += 1) {
    const list = String(await redis.client('LIST'))
    const ids = [...list.matchAll(/^id=(\d+)/gm)].map(([, id]) => Number(id)).filter((id) => id !== own)
    const id = ids[loss - 1]
    if (ids.length !== 3 || id === undefined) throw new Error(`not three connections: ${list}`)
    await redis.client('KILL', 'ID', id)
    await expect.poll(() => broker.status).toMatchObject({ state: 'connected', reconnects: loss })
    await redis.publish('/0.celeryev/task.multi', event(`after loss ${loss}`))
  }

  await expect.poll(() => stream.bodies()).toEqual(['"after loss 1"', '"after loss 2"', '"after loss 3"'])
})

test('follows the sentinels from a master that dies to its replica', async () => {
  const [master, replica] = [await redisServer(), await redisServer()]
  await client(replica.url).replicaof('127.0.0.1', master.port)
  const sentinel = await startSentinel(master.port)
  const broker = await each.connected(`sentinel://127.0.0.1:${sentinel}/1`, { masterName: 'celery-master' })
  const stream = await streamOf(broker)
  const states = statesOf(broker)
  const elected = client(replica.url)
  await expect.poll(() => elected.info('replication'), { timeout: 20_000 }).toContain('master_link_status:up')

  await master.kill()
  await expect
    .poll(() => broker.status, { timeout: 40_000 })
    .toMatchObject({ state: 'connected', reconnects: 1 })

  expect(states).toEqual(['reconnecting', 'connected'])
  expect(await elected.info('replication')).toContain('role:master')
  await elected.publish('/1.celeryev/task.multi', event('new'))
  // As kombu before 5.4 names it through Sentinel.
  await elected.publish('/{db}.celeryev/task.multi', event('old'))
  await expect.poll(() => stream.bodies()).toEqual(['"new"', '"old"'])
})

async function startSentinel(masterPort: number): Promise<number> {
  const [dir, port] = [await each.folder(), await freePort()]
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor celery-master 127.0.0.1 ${masterPort} 1`,
    'sentinel down-after-milliseconds celery-master 500',
    'sentinel failover-timeout celery-master 5000',
  ]
  await writeFile(`${dir}/sentinel.conf`, `${settings.join('\n')}\n`)
  const running = startProcess({
    name: 'redis-sentinel',
    command: 'redis-server',
    args: [`${dir}/sentinel.conf`, '--sentinel'],
    log: `${dir}/sentinel.log`,
  })
  each.add(() => running.kill())
  const sentinel = client(`redis://127.0.0.1:${port}`)
  // It asks the master for its replicas every 10 s, and can't promote one it doesn't know.
  const knowsReplica = async () =>
    /slaves=1/.test(await sentinel.info('sentinel').catch(() => '')) && running.alive
  await untilReady(running, knowsReplica)
  return port
}
