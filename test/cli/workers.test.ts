import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { runCli } from './run-cli.js'
import { hasTerminals, runOnTerminal } from './terminal.js'

describe('crisper workers', () => {
  let cluster: Cluster
  let crisper: TestCrisper

  beforeAll(async () => {
    cluster = await Cluster.start('redis')
    crisper = await TestCrisper.start(cluster.crisperFlags)
    await cluster.startWorker({ name: 'one' })
    await cluster.startWorker({ name: 'two', pool: 'threads' })
    await eventually(
      'both to be known with their pools and queues',
      async () => (await crisper.get('/api/workers/')).body.workers,
      (workers) =>
        workers.filter(
          ({ pool, consuming }: { pool: string | null; consuming: { consumes: boolean | null } }) =>
            pool !== null && consuming.consumes,
        ).length === 2,
    )
  })

  afterAll(async () => {
    await crisper?.end()
    await cluster?.stop()
  })

  const env = () => ({ CRISPER_URL: crisper.url })
  const workers = (...args: string[]) => runCli(['workers', ...args], env())

  test('lists them', async () => {
    const { code, out, err } = await workers()
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/│ one@localhost +│ online +│ prefork × 2 +│ celery +│/)
    expect(out).toContain('2 online, 0 silent, 0 offline, 0 stopped')
    const found = JSON.parse((await workers('--search', 'tw', '--json')).out)
    expect(found.workers.map(({ name }: { name: string }) => name)).toEqual(['two@localhost'])
  })

  test('shows one, with its configuration where that is wanted', async () => {
    const { code, out } = await workers('show', 'one@localhost', '--settings')
    expect(code).toBe(0)
    expect(out).toMatch(/^one@localhost: online\. Its heartbeats arrive\.\n/)
    expect(out).toMatch(/│ pool +│ prefork +│/)
    expect(out).toMatch(/│ task_track_started +│ true +│/)
    expect(await workers('show', 'nobody')).toMatchObject({
      code: 4,
      err: 'crisper: No worker nobody was heard of\n',
    })
  })

  test('tells what each made of a command; who refuses makes it 4', async () => {
    const grown = await workers('control', 'pool_grow', '1', '--worker', 'one@localhost')
    expect(grown.code).toBe(0)
    expect(grown.out).toMatch(/│ one@localhost +│ ok +│ Its pool grows by 1\. +│ pool will grow +│/)

    const both = await workers('control', 'pool_grow', '--worker', 'one@localhost', 'two@localhost', '--json')
    expect(both.code).toBe(4)
    expect(JSON.parse(both.out)).toMatchObject({ counts: { ok: 1, refused: 1, no_answer: 0 } })
  })

  test('wrong usage is told before anything is sent', async () => {
    expect(await workers('control', 'ping')).toMatchObject({ code: 2 })
    expect(await workers('control', 'explode', '--all')).toMatchObject({ code: 2 })
    const missing = await workers('control', 'rate_limit', 'test.add', '--all')
    expect(missing.code).toBe(2)
    expect(missing.err).toContain('It is written rate_limit TASK_NAME RATE_LIMIT.')
    expect(await workers('control', 'rate_limit', 'test.add', '10/y', '--all', '--yes')).toMatchObject({
      code: 2,
      err: expect.stringContaining('rate_limit takes a rate such as 10/s'),
    })
    const unasked = await workers('control', 'shutdown', '--worker', 'one@localhost')
    expect(unasked).toMatchObject({ code: 2, err: expect.stringContaining('A shutdown wants --yes') })
  })

  test.skipIf(!hasTerminals())('on a terminal it asks before it shuts down', async () => {
    const args = ['workers', 'control', 'shutdown', '--worker', 'two@localhost']
    const no = await runOnTerminal(args, env(), { to: /Shut down two@localhost\? \[y\/N\]/, type: '\r' })
    expect(no.code).toBe(1)
    expect(no.screen).toContain('nothing was sent')
    const yes = await runOnTerminal(args, env(), { to: /\[y\/N\]/, type: 'y\r' })
    expect(yes.code).toBe(0)
    expect(yes.screen).toContain('said goodbye')
  })

  // The last: it ends a worker.
  test('who does not answer is named and makes it 5', async () => {
    await workers('control', 'shutdown', '--yes', '--worker', 'one@localhost')
    await eventually(
      'the worker to be gone',
      async () => (await crisper.get('/api/workers/one@localhost/')).body.status,
      (status) => status === 'stopped',
    )
    const { code, out } = await workers('control', 'ping', '--worker', 'one@localhost')
    expect(code).toBe(5)
    expect(out).toMatch(/│ one@localhost +│ no answer +│/)
  })
})
