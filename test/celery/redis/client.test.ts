import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { afterEach, expect, test } from 'vitest'
import { firstAnswer } from '../../../scripts/services/first-answer.mjs'
import { freePort } from '../../../scripts/services/free-port.mjs'
import { startProcess, untilReady } from '../../../scripts/services/process.mjs'
import { findRedis, startRedis } from '../../../scripts/services/redis.mjs'
import { parseBrokerUrl } from '../../../src/celery/broker-url.js'
import { BrokerUnreachable } from '../../../src/celery/errors.js'
import {
  connectRedis,
  openRedis,
  type RedisClientOptions,
  subscribePatterns,
  toUnreachable,
} from '../../../src/celery/redis/client.js'

const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'crisper-'))
  cleanups.push(() => rm(dir, { recursive: true, force: true }))
  return dir
}

async function server(options: Omit<Parameters<typeof startRedis>[0], 'dir'> = {}) {
  const redis = await startRedis({ dir: await folder(), ...options })
  cleanups.push(() => redis.stop())
  return redis
}

function open(text: string, options: Partial<RedisClientOptions> = {}): Redis {
  const [url] = parseBrokerUrl(text)
  if (url === undefined || url.kind === 'amqp') throw new Error(`not Redis: ${text}`)
  const redis = openRedis(url, { masterName: 'mymaster', sentinelPassword: null, ...options })
  cleanups.push(() => redis.disconnect())
  return redis
}

async function refusal(redis: Redis): Promise<BrokerUnreachable> {
  try {
    await connectRedis(redis)
  } catch (error) {
    if (error instanceof BrokerUnreachable) return error
    throw error
  }
  throw new Error('it connected')
}

test('reads and writes the database that the URL names, over TCP and over a socket', async () => {
  const socket = join(await folder(), 'redis.sock')
  const { port } = await server({ unixSocket: socket })
  const tcp = open(`redis://127.0.0.1:${port}/3`)
  const local = open(`redis+socket://${socket}?virtual_host=3`)
  const other = open(`redis://127.0.0.1:${port}/4`)
  for (const redis of [tcp, local, other]) await connectRedis(redis)

  await tcp.set('key', 'value')

  expect(await local.get('key')).toBe('value')
  expect(await other.get('key')).toBeNull()
})

test('a wrong password is told apart from a server that is away, and is not in the message', async () => {
  const { port } = await server({ password: 'right' })

  const wrong = await refusal(open(`redis://:hunter2@127.0.0.1:${port}/0`))
  const none = await refusal(open(`redis://127.0.0.1:${port}/0`))
  const away = await refusal(open(`redis://:hunter2@127.0.0.1:${await freePort()}/0`))

  expect(wrong).toMatchObject({ reason: 'auth', message: expect.stringContaining('WRONGPASS') })
  expect(wrong.message).toContain(`redis://:**@127.0.0.1:${port}/0`)
  expect(none).toMatchObject({ reason: 'auth', message: expect.stringContaining('NOAUTH') })
  expect(away).toMatchObject({ reason: 'network', message: expect.stringContaining('ECONNREFUSED') })
  for (const { message } of [wrong, none, away]) expect(message).not.toContain('hunter2')
})

test('never works in database 0 when the one of the URL does not exist', async () => {
  const { port } = await server({ extraArgs: ['--databases', '2'] })
  const redis = open(`redis://127.0.0.1:${port}/9`)

  expect(await refusal(redis)).toMatchObject({ reason: 'auth', message: expect.stringContaining('DB index') })
  await expect(redis.set('key', 'value')).rejects.toThrow()
})

test('can be told to connect again after it failed', async () => {
  const redis = await server()
  const client = open(`redis://127.0.0.1:${redis.port}`)
  await redis.stop()
  await refusal(client)
  await redis.restart()

  await connectRedis(client)

  expect(await client.ping()).toBe('PONG')
})

test('commands fail soon while the server is away, and work again when it is back', async () => {
  const redis = await server()
  const client = open(`redis://127.0.0.1:${redis.port}`)
  await connectRedis(client)
  const blocked = client.brpop('nothing', 0)
  const lost = expect(blocked).rejects.toThrow('max retries')
  await redis.kill()
  await lost

  const started = Date.now()
  const error: unknown = await client.ping().catch((reason: unknown) => reason)

  expect(Date.now() - started).toBeLessThan(6_000)
  expect(toUnreachable(client, error)).toMatchObject({ reason: 'network' })

  const back = once(client, 'ready')
  await redis.restart()
  await back
  expect(await client.ping()).toBe('PONG')
})

test('a server that is silent fails the command', async () => {
  const silent = createServer()
  const sockets: Socket[] = []
  silent.on('connection', (socket) => sockets.push(socket))
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  cleanups.push(
    () => silent.close(),
    () => sockets.forEach((socket) => void socket.destroy()),
  )
  const address = silent.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const client = open(`redis://127.0.0.1:${address.port}`, { commandTimeoutMs: 200 })

  await expect(client.ping()).rejects.toThrow('timed out')
})

test('subscriptions come back after each loss, until they are ended', async () => {
  const redis = await server()
  const [subscriber, publisher] = [
    open(`redis://127.0.0.1:${redis.port}`),
    open(`redis://127.0.0.1:${redis.port}`),
  ]
  await connectRedis(subscriber)
  const end = await subscribePatterns(subscriber, ['/0.celeryev/*'])
  const subscribed = async () => Number(await publisher.publish('/0.celeryev/task.multi', 'event'))
  expect(await subscribed()).toBe(1)

  for (let loss = 0; loss < 2; loss += 1) {
    const back = once(publisher, 'ready')
    await redis.kill()
    await redis.restart()
    await back
    const [pattern, channel, message] = await received(subscriber, publisher)
    expect([pattern, channel, message].map(String)).toEqual([
      '/0.celeryev/*',
      '/0.celeryev/task.multi',
      'event',
    ])
  }

  await end()
  expect(await subscribed()).toBe(0)
})

test('finds the master through the sentinels, the first of which is away', async () => {
  const master = await server({ password: 'secret' })
  const sentinelPort = await freePort()
  await sentinel(sentinelPort, master.port)
  const client = open(
    `sentinel://:secret@127.0.0.1:${await freePort()}/1;sentinel://127.0.0.1:${sentinelPort}`,
  )

  await connectRedis(client)

  expect(await client.client('INFO')).toContain('db=1')
})

test('says so when no sentinel can be reached', async () => {
  const port = await freePort()
  const error = await refusal(open(`sentinel://:hunter2@127.0.0.1:${port}/0`))

  expect(error).toMatchObject({
    reason: 'network',
    message: expect.stringContaining('All sentinels are unreachable'),
  })
  expect(error.message).not.toContain('hunter2')
})

/** The next message, published again and again until the subscription is back. */
async function received(subscriber: Redis, publisher: Redis): Promise<unknown[]> {
  const message = once(subscriber, 'pmessageBuffer')
  const timer = setInterval(
    () => publisher.publish('/0.celeryev/task.multi', 'event').catch(() => undefined),
    50,
  )
  try {
    return await message
  } finally {
    clearInterval(timer)
  }
}

async function sentinel(port: number, masterPort: number): Promise<void> {
  const dir = await folder()
  const config = join(dir, 'sentinel.conf')
  await writeFile(
    config,
    `port ${port}\nsentinel monitor mymaster 127.0.0.1 ${masterPort} 1\nsentinel auth-pass mymaster secret\n`,
  )
  const running = startProcess({
    name: 'sentinel',
    command: findRedis() ?? 'redis-server',
    args: [config, '--sentinel'],
    log: join(dir, 'sentinel.log'),
  })
  cleanups.push(() => running.stop())
  await untilReady(running, async () => (await firstAnswer(port, 'PING\r\n')) === '+PONG\r\n')
}
