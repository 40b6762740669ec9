import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { runCli } from './run-cli.js'

describe('commands that ask a running Crisper', () => {
  let cluster: Cluster
  let crisper: TestCrisper
  let done: string
  let failed: string

  beforeAll(async () => {
    cluster = await Cluster.start('redis')
    await cluster.startWorker()
    crisper = await TestCrisper.start(cluster.crisperFlags)
    done = await cluster.send('etl.process_etl_file', { company_id: 4 })
    failed = await cluster.send('test.fail', { message: 'broken' })
    await crisper.untilState(done, 'SUCCESS')
    await crisper.untilState(failed, 'FAILURE')
  })

  afterAll(async () => {
    await crisper?.end()
    await cluster?.stop()
  })

  const run = (...args: string[]) => runCli(args, { CRISPER_URL: crisper.url })

  test('tasks prints a table, newest first', async () => {
    const { code, out, err } = await run('tasks')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/│ id +│ task +│ state +│/)
    expect(out).toMatch(new RegExp(`│ ${done} │ etl\\.process_etl_file +│ SUCCESS +│`))
    expect(out.indexOf(failed)).toBeLessThan(out.indexOf(done))
    expect(out).toContain('2 of 2')
  })

  test('tasks prints what the API answers with --json', async () => {
    const { code, out } = await run('tasks', '--json', '--limit', '100')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual((await crisper.get('/api/tasks/')).body)
  })

  test.each([
    ['--state', 'SUCCESS'],
    ['--type', 'etl'],
    ['--company', '4'],
    ['--name', 'etl.process_etl_file'],
    ['--search', 'PROCESS_ETL'],
  ])('tasks %s %s narrows', async (option, value) => {
    const { out } = await run('tasks', option, value)
    expect(out).toContain(done)
    expect(out).not.toContain(failed)
  })

  test('tasks leads to the next page', async () => {
    const first = await run('tasks', '--limit', '1')
    expect(first.out).toContain('1 of 2')
    const cursor = /^next page: --cursor (\S+)$/m.exec(first.out)?.[1] ?? ''
    const second = await run('tasks', '--limit', '1', '--cursor', cursor)
    expect(first.out).toContain(failed)
    expect(second.out).toContain(done)
    expect(second.out).not.toContain('next page')
  })

  test('statistics counts by state and type', async () => {
    const { code, out } = await run('statistics')
    expect(code).toBe(0)
    expect(out).toMatch(/│ SUCCESS │ 1 /)
    expect(out).toMatch(/│ FAILURE │ 1 /)
    expect(out).toMatch(/│ total +│ 2 /)
    expect(out).toMatch(/│ etl +│ 1 /)
    const json = await run('statistics', '--json', '--type', 'etl', '--hours', '2')
    expect(JSON.parse(json.out)).toEqual({
      total: 1,
      running: 0,
      completed: 1,
      failed: 0,
      revoked: 0,
      lost: 0,
      by_state: { SUCCESS: 1 },
      by_task_type: { etl: 1 },
      hours_ago: 2,
      counted_at: null,
    })
  })

  test('types lists the task types', async () => {
    const { code, out } = await run('types')
    expect(code).toBe(0)
    expect(out).toMatch(/│ etl +│ ETL Pipeline +│/)
    expect(JSON.parse((await run('types', '--json')).out)).toEqual(
      (await crisper.get('/api/tasks/types/')).body,
    )
  })

  test('stop arms the stop of a task that has not started', async () => {
    const id = await cluster.send('test.add', { x: 1, y: 2 }, { countdown: 60 })
    await crisper.untilState(id, 'SENT', 'RECEIVED')
    const { code, out, err } = await run('stop', id, '--reason', 'a test')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(new RegExp(`^${id}: \\w`))
    expect((await crisper.untilState(id, 'REVOKED')).error).toMatch(/^Soft stopped by .*: a test$/)
  })

  test('stop --hard terminates what runs', async () => {
    const id = await cluster.send('test.sleep', { seconds: 60 })
    await crisper.untilState(id, 'STARTED')
    const { code, out } = await run('stop', id, '--hard', '--json', '--wait')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ success: true, action: 'hard_stop', stop: { status: 'stopped' } })
  })

  test('stop says that a termination is not confirmed yet', async () => {
    const frozen = await cluster.startWorker({ name: 'frozen', queues: ['frozen'] })
    const id = await cluster.send('test.sleep', { seconds: 60 }, { queue: 'frozen' })
    await crisper.untilState(id, 'STARTED')
    process.kill(frozen.pid, 'SIGSTOP')
    const { code, out } = await run('stop', '--hard', id)
    process.kill(frozen.pid, 'SIGCONT')
    expect(out).toContain('no confirmation has come yet')
    expect(code).toBe(5)
    await crisper.untilState(id, 'REVOKED')
  })

  test('stop refuses what is finished, and goes on with the others', async () => {
    const waiting = await cluster.send('test.add', { x: 1, y: 2 }, { countdown: 60 })
    await crisper.untilState(waiting, 'SENT', 'RECEIVED')
    const { code, out, err } = await run('stop', failed, waiting)
    expect(code).toBe(4)
    expect(err).toMatch(/^crisper: .*FAILURE.*\n$/)
    expect(out).toMatch(new RegExp(`^${waiting}: `))
    expect(await crisper.task(failed)).toMatchObject({ state: 'FAILURE' })
  })

  test('what the API refuses is wrong usage', async () => {
    for (const args of [
      ['tasks', '--limit', 'abc'],
      ['tasks', '--state', 'DONE'],
      ['statistics', '--hours', 'x'],
    ]) {
      const { code, out, err } = await run(...args)
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).toMatch(/^crisper: (limit|state|hours_ago) takes .*\n$/)
    }
  })

  test.each(['tasks', 'statistics', 'types', 'stop some-id'])(
    '%s says that nobody answers',
    async (command) => {
      const { port, close } = await portOf((_request, response) => response.end())
      await close()
      const { code, out, err } = await runCli([...command.split(' '), '--url', `http://127.0.0.1:${port}`])
      expect({ code, out }).toEqual({ code: 3, out: '' })
      expect(err).toMatch(
        /^crisper: no Crisper answers at http:\/\/127\.0\.0\.1:\d+ \(.*\)\. Start one .*\n$/,
      )
    },
  )

  test('another server is told from a Crisper', async () => {
    const { port, close } = await portOf((_request, response) => response.end('<html>hello</html>'))
    const { code, err } = await runCli(['tasks', '--url', `http://127.0.0.1:${port}`])
    await close()
    expect(code).toBe(3)
    expect(err).toMatch(/^crisper: what answers at http:\/\/127\.0\.0\.1:\d+ is no Crisper\. .*\n$/)
  })
})

async function portOf(
  answer: Parameters<typeof createServer>[1],
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer({}, answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  }
  return { port, close }
}
