import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { runCli } from './run-cli.js'
import { hasTerminals, runOnTerminal } from './terminal.js'

describe('crisper stops', () => {
  let cluster: Cluster
  let crisper: TestCrisper
  let killed: string
  let armed: string

  beforeAll(async () => {
    cluster = await Cluster.start('redis')
    crisper = await TestCrisper.start(cluster.crisperFlags)
    await cluster.startWorker()
    const running = await cluster.send('test.sleep', { seconds: 60 })
    await crisper.untilState(running, 'STARTED')
    killed = (await crisper.stop(running, { hard: true, reason: 'a \u001b[31mred\u001b[0m reason' })).stop.id
    await crisper.untilStop(killed, 'stopped')
    armed = await arm('first')
  })

  afterAll(async () => {
    await crisper?.end()
    await cluster?.stop()
  })

  const run = (...args: string[]) => runCli(['stops', ...args], { CRISPER_URL: crisper.url })
  const arm = async (id: string) => (await crisper.stop(id)).stop.id

  test('lists them, newest first', async () => {
    const { code, out, err } = await run()
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/│ id +│ task +│ mode +│ status +│ by +│ requested +│ explanation +│/)
    expect(out).toMatch(new RegExp(`│ ${armed} │ first +│ soft +│ armed +│ anonymous \\(127.0.0.1\\) +│`))
    expect(out.indexOf(armed)).toBeLessThan(out.indexOf(killed))
    expect(out).toContain('2 of 2')
  })

  test.skipIf(!hasTerminals())('on a terminal the explanation is cut', async () => {
    const { explanation } = await crisper.stopRequest(armed)
    expect((await run()).out).toContain(explanation)
    const { screen } = await runOnTerminal(['stops'], { CRISPER_URL: crisper.url })
    expect(screen).toContain(`${explanation.slice(0, 19)}…`)
    expect(screen).not.toContain(explanation)
  })

  test.each([
    ['--status', 'stopped,finished'],
    ['--mode', 'hard'],
  ])('%s %s narrows', async (option, value) => {
    const { out } = await run(option, value)
    expect(out).toContain(killed)
    expect(out).not.toContain(armed)
  })

  test('--task and --by narrow', async () => {
    expect((await run('--task', 'first')).out).toContain('1 of 1')
    expect((await run('--by', 'nobody')).out).toContain('0 of 0')
  })

  test('leads to the next page', async () => {
    const first = await run('--limit', '1')
    const cursor = /^next page: --cursor (\S+)$/m.exec(first.out)?.[1] ?? ''
    expect(first.out).toContain(armed)
    expect((await run('--limit', '1', '--cursor', cursor)).out).toContain(killed)
  })

  test('--json prints what the API answers', async () => {
    const { out } = await run('--json', '--limit', '100')
    expect(JSON.parse(out)).toEqual((await crisper.get('/api/stops/')).body)
  })

  test('show tells one of them, and nothing in it steers the terminal', async () => {
    const { code, out } = await run('show', killed)
    expect(code).toBe(0)
    expect(out).toMatch(/^status +stopped$/m)
    expect(out).toMatch(/^reason +a \ufffd\[31mred\ufffd\[0m reason$/m)
    expect(out).toMatch(/^target +w1@localhost, prefork, process \d+$/m)
    expect(out).toMatch(/^evidence +task-revoked \(terminated\), .*is gone/m)
    expect(out).toMatch(/^replies\n.*│ w1@localhost +│ \S+ +│ yes +│/ms)
    expect(out).toMatch(/^sendings\n.*│ request +│ all +│/ms)
    expect(JSON.parse((await run('show', killed, '--json')).out)).toEqual(
      (await crisper.get(`/api/stops/${killed}/`)).body,
    )
  })

  test('cancel takes back what has not taken effect, and refuses the rest', async () => {
    const id = await arm('cancelled')
    const cancelled = await run('cancel', id)
    expect(cancelled).toMatchObject({ code: 0, err: '' })
    expect(cancelled.out).toMatch(/^cancelled: cancelled: Taken back by /)
    for (const ended of [id, killed]) {
      const { code, err } = await run('cancel', ended)
      expect({ code, err }).toEqual({ code: 4, err: expect.stringContaining('has ended already') })
    }
  })

  test('cancel --batch takes back a batch', async () => {
    const { body } = await crisper.post('/api/tasks/stop/', { task_ids: ['b-1', 'b-2'] })
    expect((await run('--batch', body.id)).out).toContain('2 of 2')
    const { code, out } = await run('cancel', '--batch', body.id, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ status: 'cancelled', counts: { cancelled: 2 } })
    expect((await run('cancel', '--batch', body.id)).out).toMatch(/│ cancelled +│ 2 +│/)
  })

  test.each([
    { args: ['show', 'nonsense'], code: 2, told: 'id takes a UUID' },
    { args: ['show', '00000000-0000-4000-8000-000000000000'], code: 4, told: 'No stop 0000' },
    { args: ['--status', 'gone'], code: 2, told: 'status takes one or more of' },
    { args: ['cancel'], code: 2, told: 'or --batch' },
    { args: ['nonsense'], code: 2, told: 'too many arguments' },
  ])('stops $args is answered with $code', async ({ args, code, told }) => {
    expect(await run(...args)).toMatchObject({ code, err: expect.stringContaining(told) })
  })
})
