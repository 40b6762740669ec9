import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis } from '../../scripts/services/redis.mjs'
import type { TestBroker } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { TestFolder } from '../harness/test-folder.js'
import { runCli } from './run-cli.js'

const secret = 'open-sesame'

describe('serve', () => {
  const folder = new TestFolder()
  let broker: TestBroker
  let crisper: TestCrisper

  beforeAll(async () => {
    broker = await startRedis({ dir: folder.path('redis') })
    crisper = await TestCrisper.start(['--broker', broker.url, '--data-dir', folder.path('data')])
  })

  afterAll(async () => {
    await crisper?.end()
    await broker?.stop()
    folder.remove()
  })

  test.each([
    {
      what: 'an address that other machines reach',
      args: ['--host', '0.0.0.0', '--broker', `redis://:${secret}@127.0.0.1:6379/0`],
      told: 'host: 0.0.0.0 can be reached from other machines',
    },
    {
      what: 'all addresses of IPv6',
      args: ['--host', '::', '--broker', `redis://:${secret}@127.0.0.1:6379/0`],
      told: 'host: :: can be reached from other machines',
    },
    { what: 'no broker', args: [], told: 'broker: give --broker or CELERY_BROKER_URL' },
    {
      what: 'a broker of another kind',
      args: ['--broker', `sqs://key:${secret}@host/`],
      told: 'The broker URL sqs://key:**@host/',
    },
    {
      what: 'a password that is not escaped',
      args: ['--broker', `redis://:${secret}#${secret}/x@127.0.0.1:6379/0`],
      told: "can't be used",
    },
    {
      what: 'a database of another kind',
      args: ['--broker', 'redis://127.0.0.1', '--database', `mysql://u:${secret}@host/x`],
      told: 'database: mysql://u:**@host/x is no PostgreSQL URL',
    },
    {
      what: 'a wrong port',
      args: ['--broker', 'redis://127.0.0.1', '--port', '70000'],
      told: 'port: takes a port number from 0 (a free one) to 65535',
    },
    {
      what: 'a wrong base path',
      args: ['--broker', 'redis://127.0.0.1', '--base-path', 'crisper'],
      told: 'base_path: is a path such as /crisper',
    },
    {
      what: 'a configuration file that is not there',
      args: ['--config', '/nowhere/crisper.yaml'],
      told: "the configuration file /nowhere/crisper.yaml can't be read",
    },
  ])('refuses $what in one line', async ({ args, told }) => {
    const { code, out, err } = await runCli(['serve', '--data-dir', folder.path('unused'), ...args])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    // Whether somebody has to sign in stands in the database: a new one is told of in the log first.
    expect(err).toMatch(/^(\{[^\n]*\}\n)*crisper: [^\n]*\n$/)
    expect(err).toContain(told)
    expect(err).not.toContain(secret)
  })

  test('listens on a free port where it is told 0', async () => {
    expect(new URL(crisper.url).port).not.toBe('0')
    expect((await crisper.get('/healthz')).status).toBe(200)
  })

  test('a data directory in use is refused, with who uses it', async () => {
    const args = ['--broker', broker.url, '--data-dir', folder.path('data'), '--port', '0']
    const { code, out, err } = await runCli(['serve', ...args])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^crisper: [^\n]*\n$/)
    expect(err).toContain(`in use by another Crisper (process ${crisper.child.pid})`)
    expect((await crisper.get('/api/tasks/')).status).toBe(200)
  })

  test('a taken port is told, with the way out', async () => {
    const { port } = new URL(crisper.url)
    const args = ['--broker', broker.url, '--data-dir', folder.path('second'), '--port', port]
    const { code, err } = await runCli(['serve', ...args], { CRISPER_LOG_LEVEL: 'silent' })
    expect(code).toBe(2)
    expect(err).toBe(
      `crisper: port: ${port} on 127.0.0.1 is taken, perhaps by another Crisper; ` +
        'give another with --port or CRISPER_PORT (0 picks a free one)\n',
    )
  })

  test('a database that is away is told, without its password', async () => {
    const database = `postgres://u:${secret}@127.0.0.1:1/x`
    const { code, err } = await runCli([
      'serve',
      '--broker',
      broker.url,
      '--port',
      '0',
      '--database',
      database,
    ])
    expect(code).toBe(3)
    expect(err).toMatch(/^crisper: the database can't be reached: [^\n]*ECONNREFUSED[^\n]*\n$/)
    expect(err).not.toContain(secret)
  })

  test('ends cleanly when asked to', async () => {
    const other = await TestCrisper.start(['--broker', broker.url, '--data-dir', folder.path('other')])
    expect(await other.end()).toBe(0)
  })
})
