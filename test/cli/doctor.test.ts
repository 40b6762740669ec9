import { Redis } from 'ioredis'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { startRedis } from '../../scripts/services/redis.mjs'
import { Cluster } from '../harness/cluster.js'
import { TestFolder } from '../harness/test-folder.js'
import { runCli } from './run-cli.js'

const secret = 'open-sesame'

async function doctor(...args: string[]) {
  const finished = await runCli(['doctor', ...args])
  expect(finished.out + finished.err).not.toContain(secret)
  return finished
}

describe('doctor', () => {
  const folder = new TestFolder()
  const started: { stop(): Promise<unknown> }[] = []

  afterEach(async () => {
    for (const each of started.splice(0).reverse()) await each.stop()
  })

  afterAll(() => folder.remove())

  const startCluster = async () => {
    const cluster = await Cluster.start('redis')
    started.push(cluster)
    return cluster
  }

  test('no broker given', async () => {
    const { code, out } = await doctor()
    expect(code).toBe(5)
    expect(out).toMatch(/^BAD {2}broker: none given\n +Give --broker or CELERY_BROKER_URL/m)
  })

  test('a broker, result backend and database that are away', async () => {
    const { code, out } = await doctor(
      ...['--broker', `redis://:${secret}@127.0.0.1:1/0`],
      ...['--result-backend', `redis://:${secret}@127.0.0.1:1/1`],
      ...['--database', `postgres://u:${secret}@127.0.0.1:1/x`],
    )
    expect(code).toBe(5)
    expect(out).toMatch(
      /^BAD {2}broker: .*redis:\/\/:\*\*@127\.0\.0\.1:1\/0.*ECONNREFUSED.*\n +Check the URL/m,
    )
    expect(out).toMatch(/^BAD {2}result backend: .*ECONNREFUSED.*Check that Redis runs.*\n +Live states and/m)
    expect(out).toMatch(/^BAD {2}database: .*ECONNREFUSED.*\n +Check host and port/m)
  })

  test('a wrong password', async () => {
    const redis = await startRedis({ dir: folder.path('redis'), password: 'another' })
    started.push(redis)
    const { code, out } = await doctor('--broker', `redis://:${secret}@127.0.0.1:${redis.port}/0`)
    expect(code).toBe(5)
    expect(out).toMatch(/^BAD {2}broker: .*(WRONGPASS|password).*\n +Check the URL, the credentials/m)
  })

  test('the right password is not shown either', async () => {
    const redis = await startRedis({ dir: folder.path('redis'), password: secret })
    started.push(redis)
    const { out } = await doctor('--broker', redis.url, '--result-backend', redis.url)
    expect(out).toContain(`ok   broker: reached redis://:**@127.0.0.1:${redis.port}/0`)
    expect(out).toContain('ok   result backend: reads redis://:**@')
  })

  test('a broker without workers, and a result backend that cannot be read', async () => {
    const cluster = await startCluster()
    const { code, out } = await doctor('--broker', cluster.brokerUrl, '--result-backend', 'rpc://')
    expect(code).toBe(5)
    expect(out).toMatch(/^ok {3}broker: reached redis:/m)
    expect(out).toMatch(/^BAD {2}workers: none answers\n +Start one/m)
    expect(out).toMatch(/^BAD {2}result backend: With rpc:\/\/ .*\n +Live states and results/m)
  })

  test.each([
    [['db+sqlite:////nowhere/results.db'], /there is no file \/nowhere\/results\.db\. Check the name/],
    [
      [`db+postgresql+psycopg2://u:${secret}@127.0.0.1:1/x`],
      /db\+postgresql\+psycopg2:\/\/u:\*\*@.*ECONNREFUSED.*Check that it runs/,
    ],
    [['django-db'], /Crisper is not told which that is: give --result-database/],
    [
      ['django-db', '--result-database', `mysql://u:${secret}@127.0.0.1:1/x`],
      /django-db \(mysql:\/\/u:\*\*@.*ECONNREFUSED/,
    ],
    [
      ['django-db', '--database', `postgres://u:${secret}@127.0.0.1:1/x`],
      /django-db \(postgres:.*ECONNREFUSED/,
    ],
  ])('results in a database that cannot be read: %j', async (args, message) => {
    const { code, out } = await doctor('--result-backend', ...args)
    expect(code).toBe(5)
    expect(/^BAD {2}result backend: (.*)\n +Live states/m.exec(out)?.[1]).toMatch(message)
  })

  test('a worker without events; once they are on, all is well', async () => {
    const cluster = await startCluster()
    await cluster.startWorker({ events: false })
    const args = ['--broker', cluster.brokerUrl, '--result-backend', cluster.backendUrl]

    const first = await doctor(...args)
    expect(first.code).toBe(5)
    expect(first.out).toMatch(/^ok {3}workers: w1@localhost \(prefork\)$/m)
    expect(first.out).toMatch(
      /^BAD {2}events: off on w1@localhost; turned on now.*\n +Start workers with -E/m,
    )

    const second = await doctor(...args)
    expect(second.code).toBe(0)
    expect(second.out).not.toContain('BAD')
    expect(second.out).toMatch(/^ok {3}clocks: agree on 1 worker/m)

    const json = await doctor(...args, '--json')
    expect(JSON.parse(json.out).findings).toContainEqual({
      check: 'events',
      ok: true,
      found: 'every worker sends task events',
    })
  })

  test('workers with a result backend that Crisper was not given', async () => {
    const cluster = await startCluster()
    await cluster.startWorker()
    const { code, out } = await doctor('--broker', cluster.brokerUrl)
    expect(code).toBe(5)
    expect(out).toMatch(
      /^BAD {2}result backend: the workers use redis:.*Crisper none\n +Give --result-backend/m,
    )
  })

  test('a clock that is a minute off', async () => {
    const cluster = await startCluster()
    await cluster.startWorker()
    const redis = new Redis(cluster.brokerUrl)
    const beating = setInterval(() => void redis.publish('/0.celeryev/worker.heartbeat', heartbeat(60)), 200)

    const { code, out } = await doctor(
      ...['--broker', cluster.brokerUrl, '--result-backend', cluster.backendUrl],
    )

    clearInterval(beating)
    redis.disconnect()
    expect(code).toBe(5)
    expect(out).toMatch(
      /^BAD {2}clocks: differ from this machine: ahead@elsewhere \+60 s\n +Keep every host on NTP/m,
    )
  })
})

/** A heartbeat as a worker whose clock is that many seconds ahead puts it on Redis. */
function heartbeat(ahead: number): string {
  const event = {
    type: 'worker-heartbeat',
    hostname: 'ahead@elsewhere',
    timestamp: Date.now() / 1000 + ahead,
    utcoffset: 0,
    pid: 1,
    clock: 1,
    freq: 2,
    active: 0,
    processed: 0,
    loadavg: [0, 0, 0],
    sw_ident: 'py-celery',
    sw_ver: '5.6.3',
    sw_sys: 'Linux',
  }
  return JSON.stringify({
    body: Buffer.from(JSON.stringify(event)).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: { hostname: event.hostname },
    properties: {
      delivery_mode: 1,
      delivery_info: { exchange: 'celeryev', routing_key: 'worker.heartbeat' },
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: 'f2a1c6f0-0000-4000-8000-000000000000',
    },
  })
}
