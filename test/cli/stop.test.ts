import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { runCli } from './run-cli.js'
import { hasTerminals, runOnTerminal } from './terminal.js'

describe('crisper stop ID…', () => {
  let cluster: Cluster
  let crisper: TestCrisper

  beforeAll(async () => {
    cluster = await Cluster.start('redis')
    await cluster.startWorker({ concurrency: 4 })
    crisper = await TestCrisper.start(cluster.crisperFlags)
  })

  afterAll(async () => {
    await crisper?.end()
    await cluster?.stop()
  })

  const env = () => ({ CRISPER_URL: crisper.url })
  const stop = (...args: string[]) => runCli(['stop', ...args], env())
  const running = async (task: string, kwargs: object) => {
    const id = await cluster.send(task, kwargs)
    await crisper.untilState(id, 'STARTED')
    return id
  }
  const waiting = async () => {
    const id = await cluster.send('test.add', { x: 1, y: 2 }, { queue: 'nobody' })
    await crisper.untilState(id, 'SENT')
    return id
  }
  const finished = async () => {
    const id = await cluster.send('test.add', { x: 1, y: 2 })
    await crisper.untilState(id, 'SUCCESS')
    return id
  }

  test('0: with --wait it says that each is stopped', async () => {
    const ids = [await running('test.sleep', { seconds: 60 }), await running('test.sleep', { seconds: 60 })]
    const { code, out, err } = await stop(...ids, '--hard', '--wait')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out.split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^${ids[0]}: stopped: \\w`)),
      expect.stringMatching(new RegExp(`^${ids[1]}: stopped: \\w`)),
      '',
    ])
  })

  test('--wait before the ids takes none of them for its seconds', async () => {
    const id = await running('test.sleep', { seconds: 60 })
    const { code, out } = await stop('--hard', '--wait', id)
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining(`${id}: stopped: `) })
  })

  test('5: what ignores its signal is still open when the time is over', async () => {
    const id = await running('test.ignore_sigterm', { seconds: 30 })
    const { code, out, err } = await stop(id, '--hard', '--wait', '3')
    expect(code).toBe(5)
    expect(out).toMatch(new RegExp(`^${id}: sent: \\w`))
    expect(err).toMatch(
      /^crisper: The stop is still open after 3 s, and followed on: crisper stops show \S+\n$/,
    )
  })

  test('5: an armed stop is confirmed by nobody while its task waits; without --wait that is 0', async () => {
    const id = await waiting()
    expect(await stop(id)).toMatchObject({ code: 0, out: expect.stringContaining(`${id}: armed: `), err: '' })
    expect(await stop(id, '--wait', '1')).toMatchObject({ code: 5, out: expect.stringContaining('armed') })
  })

  test('4: a task that ended by itself before its signal had an effect', async () => {
    const id = await running('test.ignore_sigterm', { seconds: 8 })
    const { code, out } = await stop(id, '--hard', '--wait')
    expect({ code, out }).toEqual({ code: 4, out: expect.stringContaining(`${id}: finished: `) })
  })

  test('4: one that is refused among others, which are stopped', async () => {
    const done = await finished()
    const armed = await waiting()
    const { code, out, err } = await stop(done, armed)
    expect({ code, err }).toEqual({ code: 4, err: expect.stringContaining(`crisper: ${done}: The task is`) })
    expect(out).toMatch(new RegExp(`^${armed}: armed: `))
  })

  test('the worst of several decides: refused before unconfirmed', async () => {
    const { code, err } = await stop(await finished(), await waiting(), '--wait', '1')
    expect(code).toBe(4)
    expect(err).toContain('The stop is still open after 1 s')
  })

  test('--escalate-after kills what does not end by itself', async () => {
    const id = await running('test.ignore_sigterm', { seconds: 60 })
    const { code, out } = await stop(id, '--hard', '--escalate-after', '1', '--wait', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      success: true,
      state: 'REVOKED',
      stop: { status: 'stopped', escalate_after: 1, escalated_at: expect.any(String) },
    })
  })

  test('--signal and --cooperative reach the stop', async () => {
    const id = await running('test.abortable', { seconds: 60 })
    const { out } = await stop(id, '--hard', '--signal', 'sigusr1', '--cooperative', '--json', '--wait')
    expect(JSON.parse(out)).toMatchObject({ stop: { signal: 'USR1', cooperative: true } })
  })

  test('--json is one document: the object of one id, a list of several', async () => {
    const [one, two, done] = [await waiting(), await waiting(), await finished()]
    expect(JSON.parse((await stop(one, '--json')).out)).toMatchObject({
      success: true,
      task_id: one,
      action: 'soft_stop',
      stop: { status: 'armed' },
    })
    const { code, out } = await stop(one, done, two, one, '--json')
    expect(code).toBe(4)
    expect(JSON.parse(out)).toMatchObject([
      { success: true, task_id: one, stop: { status: 'armed' } },
      { success: false, task_id: done, state: 'SUCCESS', error: expect.stringContaining('SUCCESS') },
      { success: true, task_id: two, stop: { status: 'armed' } },
    ])
  })

  test('--dry-run stops nothing', async () => {
    const id = await waiting()
    const { code, out } = await stop(id, '--dry-run', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ dry_run: true, total: 1, by_state: { SENT: 1 } })
    expect(await crisper.task(id)).toMatchObject({ state: 'SENT', stop: null })
  })

  test('more than fifty ids are one batch', async () => {
    const unseen = Array.from({ length: 51 }, (_, n) => `unseen-${n}`)
    const { code, out } = await stop(...unseen, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ total: 51, filter: null })
    const again = await stop(...unseen, '--wait', '1')
    expect(again).toMatchObject({ code: 4, err: expect.stringContaining('51 of 51 are left out') })
  })

  test('control characters of an id do not reach the terminal', async () => {
    const { code, out } = await stop('a\u001b[31m\u202eb')
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^a\ufffd\[31m\ufffdb: armed: /) })
  })

  test.skipIf(!hasTerminals())(
    'on a terminal a live line explains what is waited for; Ctrl-C leaves the stop as it is',
    async () => {
      const id = await waiting()
      const { code, screen } = await runOnTerminal(['stop', id, '--wait'], env(), {
        to: new RegExp(`${id}: armed: .`),
        type: '\u0003',
      })
      expect(code).toBe(5)
      expect(screen).toContain('The stop is still open (interrupted), and followed on')
      expect(await crisper.task(id)).toMatchObject({ stop: { status: 'armed' } })
    },
  )

  test.each([
    { args: [], told: 'Give the ids of tasks, or --filter' },
    { args: ['a', '--filter', 'queue=b'], told: 'not both' },
    { args: ['a', '--expected', '3'], told: 'go with --filter' },
    { args: ['a', '--signal', 'KILL'], told: 'go with --hard' },
    { args: ['a', '--hard', '--signal', 'HUP'], told: 'takes one of TERM, QUIT, USR1, KILL' },
    { args: ['a', '--hard', '--signal', 'TERM', '--escalate-after', '3'], told: 'without --signal' },
    { args: ['a', '--hard', '--escalate-after', 'soon'], told: 'takes a number' },
    { args: ['a', '--wait', '10s'], told: '--wait takes seconds' },
    { args: ['--filter', 'queue', '--yes'], told: 'takes NAME=VALUE' },
    { args: ['--filter', 'company=', '--yes'], told: 'company has no value' },
    { args: ['--filter', 'limit=4', '--yes'], told: 'knows no limit' },
    { args: ['--filter', 'queue=b', '--yes', '--within', '3'], told: '--within goes with --expected' },
    { args: ['--filter', 'queue=b'], told: '--expected N' },
  ])('2: stop $args', async ({ args, told }) => {
    const { code, out, err } = await stop(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(told)
    expect(err).toContain('--help')
  })
})
