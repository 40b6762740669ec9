import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { runCli } from './run-cli.js'
import { hasTerminals, runOnTerminal } from './terminal.js'

describe('crisper stop --filter', () => {
  let cluster: Cluster
  let crisper: TestCrisper

  beforeAll(async () => {
    cluster = await Cluster.start('redis')
    crisper = await TestCrisper.start(cluster.crisperFlags)
    await cluster.startWorker({ queues: ['running'], concurrency: 2 })
  })

  afterAll(async () => {
    await crisper?.end()
    await cluster?.stop()
  })

  const env = () => ({ CRISPER_URL: crisper.url })
  const stop = (...args: string[]) => runCli(['stop', ...args], env())

  /** Tasks in a queue of their own that nobody takes from. */
  const queued = async (count: number, queue: string, company = 4) => {
    const ids = await cluster.publisher.sendMany(count, {
      task: 'etl.process_etl_file',
      kwargs: { company_id: company },
      options: { queue },
    })
    for (const id of ids) await crisper.untilState(id, 'SENT')
    return ids
  }

  test('--dry-run counts by state and by worker, and stops nothing', async () => {
    const [id = ''] = await queued(3, 'dry')
    await queued(2, 'dry', 5)
    const { code, out, err } = await stop('--filter', 'queue=dry', '--filter', 'company=4', '--dry-run')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/│ SENT +│ 3 +│/)
    expect(out).toMatch(/│ total +│ 3 +│/)
    expect(await crisper.task(id)).toMatchObject({ state: 'SENT', stop: null })
  })

  test('--dry-run says what runs where, and what can not be terminated', async () => {
    await cluster.startWorker({ name: 'threads', queues: ['threads'], pool: 'threads', concurrency: 2 })
    const ids = await Promise.all([
      cluster.send('test.sleep', { seconds: 60 }, { queue: 'threads' }),
      cluster.send('test.sleep', { seconds: 60 }, { queue: 'threads' }),
    ])
    for (const id of ids) await crisper.untilState(id, 'STARTED')
    const { out } = await stop('--filter', 'queue=threads', '--hard', '--dry-run')
    expect(out).toMatch(/│ threads@localhost +│ 2 +│/)
    expect(out).toContain("2 of them can't be terminated")
  })

  test('another number than --expected is refused; --within allows for it', async () => {
    const [id = ''] = await queued(4, 'expected')
    const filter = ['--filter', 'queue=expected']
    const refused = await stop(...filter, '--expected', '6', '--within', '1')
    expect({ code: refused.code, out: refused.out }).toEqual({ code: 4, out: '' })
    expect(refused.err).toMatch(/^crisper: 4 tasks match, not the 6 ± 1 expected; nothing was stopped/)
    expect(await crisper.task(id)).toMatchObject({ stop: null })

    const taken = await stop(...filter, '--expected', '5', '--within', '1')
    expect(taken.code).toBe(0)
    expect(taken.out).toMatch(/^batch \S+: 4 stops\nfollow it: +crisper stops --batch \S+\ntake it back: /)
  })

  test('--wait follows it until it is done and prints the counts', async () => {
    const ids = await queued(5, 'confirmed')
    const waiting = stop('--filter', 'queue=confirmed', 'type=etl', '--yes', '--wait')
    await crisper.untilState(ids[0] ?? '', 'REVOKED')
    await cluster.startWorker({ name: 'late', queues: ['confirmed'] })
    const { code, out, err } = await waiting
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/│ batch \S+ +│ done +│/)
    expect(out).toMatch(/│ stopped +│ 5 +│/)
  })

  test('what is not done when the time is over runs on', async () => {
    await queued(2, 'over')
    const { code, out, err } = await stop('--filter', 'queue=over', '--yes', '--wait', '1', '--json')
    expect(code).toBe(5)
    expect(JSON.parse(out)).toMatchObject({ total: 2, counts: { armed: 2 } })
    expect(err).toContain('crisper: not done after 1 s; the batch runs on.')
  })

  test('a task that finishes all the same makes it 4', async () => {
    const id = await cluster.send('test.sleep', { seconds: 6 }, { queue: 'running' })
    await crisper.untilState(id, 'STARTED')
    const { code, out } = await stop('--filter', 'queue=running', '--expected', '1', '--wait')
    expect(code).toBe(4)
    expect(out).toMatch(/│ finished +│ 1 +│/)
  })

  test('nothing matches: nothing to wait for', async () => {
    expect(await stop('--filter', 'queue=empty', '--yes', '--wait')).toMatchObject({ code: 0, err: '' })
  })

  test.skipIf(!hasTerminals())('Ctrl-C while it is waited for leaves the batch running', async () => {
    await queued(2, 'interrupted')
    const args = ['stop', '--filter', 'queue=interrupted', '--yes', '--wait']
    const { code, screen } = await runOnTerminal(args, env(), { to: /0 % of 2: 2 armed/, type: '\u0003' })
    expect(code).toBe(5)
    expect(screen).toMatch(/│ armed +│ 2 +│/)
    expect(screen).toContain('not done (interrupted); the batch runs on')
    const id = /crisper stops cancel --batch (\S+)/.exec(screen)?.[1] ?? ''
    expect(await crisper.batch(id)).toMatchObject({ status: 'sent', counts: { armed: 2 } })
  })

  test.skipIf(!hasTerminals())('on a terminal it shows the number and asks', async () => {
    const [id = ''] = await queued(2, 'asked')
    const args = ['stop', '--filter', 'queue=asked']
    const no = await runOnTerminal(args, env(), { to: /Stop 2 tasks\? \[y\/N\]/, type: '\r' })
    expect(no.code).toBe(1)
    expect(no.screen).toMatch(/│ SENT +│ 2 +│/)
    expect(no.screen).toContain('nothing was stopped')
    const left = await runOnTerminal(args, env(), { to: /\[y\/N\]/, type: '\u0003' })
    expect(left.code).toBe(1)
    expect(await crisper.task(id)).toMatchObject({ stop: null })

    const yes = await runOnTerminal(args, env(), { to: /\[y\/N\]/, type: 'y\r' })
    expect(yes.code).toBe(0)
    expect(yes.screen).toMatch(/batch \S+: 2 stops/)
    await crisper.untilState(id, 'REVOKED')
  })
  // The last: it ends the Crisper of all.
  test('3: Crisper goes away while it is waited for; what was known last is told', async () => {
    await queued(2, 'away')
    const waiting = stop('--filter', 'queue=away', '--yes', '--wait')
    await eventually(
      'the batch to be written down',
      async () => (await crisper.get('/api/stop-batches/')).body.batches,
      ([newest]) => newest?.filter?.queue === 'away' && newest.counts.armed === 2,
    )
    await crisper.end()
    const { code, out, err } = await waiting
    expect(code).toBe(3)
    expect(out).toMatch(/│ total +│ 2 +│/)
    expect(err).toMatch(
      /^crisper: no Crisper answers at .*\ncrisper: not done \(unreachable\); the batch runs on/,
    )
  })
})
