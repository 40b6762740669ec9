import { beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { controlAnswer, workerAnswer } from '../../src/http/worker-answers.js'
import { oppositeCorners } from '../harness/corners.js'
import { eventually } from '../harness/eventually.js'
import { WithCrisper } from '../harness/with-crisper.js'

type Detail = z.output<typeof workerAnswer>

const prefork = 'prefork@localhost'
const threads = 'threads@localhost'
const scaled = 'scaled@localhost'
const restartable = 'restartable@localhost'

describe.each(oppositeCorners())('worker control on $kind, Celery $celery.version', ({ kind, celery }) => {
  const here = new WithCrisper(kind, celery)

  beforeAll(async () => {
    const { cluster, crisper } = here
    await Promise.all([
      cluster.startWorker({ name: 'prefork', events: false }),
      cluster.startWorker({ name: 'threads', pool: 'threads' }),
      cluster.startWorker({ name: 'scaled', args: ['--autoscale=4,1'] }),
      cluster.startWorker({ name: 'restartable', env: { CELERY_WORKER_POOL_RESTARTS: '1' } }),
    ])
    await eventually(
      'all four to be known with their pools',
      async () => (await crisper.get('/api/workers/')).body.workers,
      (workers) => workers.filter(({ pool }: Detail) => pool !== null).length === 4,
    )
  })

  const control = async (command: string, workers: string[], args: object = {}) => {
    const { status, body } = await here.crisper.post('/api/workers/control/', { command, workers, ...args })
    expect({ status, error: body.error }).toEqual({ status: 200, error: undefined })
    return controlAnswer
      .parse(body)
      .results.map(({ worker, outcome, code, raw }) => ({ worker, outcome, code, raw }))
  }
  const done = (worker: string, raw: string) => ({ worker, outcome: 'ok', code: 'done', raw })
  const refused = (worker: string, code: string, raw: string | null = null) => ({
    worker,
    outcome: 'refused',
    code,
    raw,
  })
  const look = async (worker: string) =>
    workerAnswer.parse((await here.crisper.get(`/api/workers/${encodeURIComponent(worker)}/`)).body)
  const until = (worker: string, what: string, holds: (detail: Detail) => boolean) =>
    eventually(`${worker} ${what}`, () => look(worker), holds)

  test('ping', async () => {
    expect(await control('ping', [prefork, threads])).toEqual([done(prefork, 'pong'), done(threads, 'pong')])
  })

  test('pool_grow and pool_shrink: prefork does, threads and autoscale can not', async () => {
    expect(await control('pool_grow', [prefork, threads, scaled], { n: 2 })).toEqual([
      done(prefork, 'pool will grow'),
      refused(threads, 'pool_is_fixed'),
      refused(scaled, 'autoscales'),
    ])
    await until(prefork, 'has grown', ({ processes }) => processes === 4)

    expect(await control('pool_shrink', [prefork, threads, scaled], { n: 2 })).toEqual([
      done(prefork, 'pool will shrink'),
      refused(threads, 'pool_is_fixed'),
      refused(scaled, 'autoscales'),
    ])
    await until(prefork, 'has shrunk', ({ processes }) => processes === 2)
    expect(await control('pool_shrink', [prefork], { n: 2 })).toEqual([refused(prefork, 'too_few_processes')])
    expect((await look(prefork)).processes).toBe(2)
  })

  test('autoscale needs --autoscale', async () => {
    expect(await control('autoscale', [scaled, prefork, threads], { max: 3, min: 2 })).toEqual([
      done(scaled, 'autoscale now max=3 min=2'),
      refused(prefork, 'autoscale_is_off'),
      refused(threads, 'autoscale_is_off'),
    ])
    await until(scaled, 'has its new range', ({ autoscale }) => autoscale?.max === 3 && autoscale.min === 2)
  })

  test('pool_restart needs worker_pool_restarts and prefork', async () => {
    const before = (await look(restartable)).child_pids ?? []

    expect(await control('pool_restart', [restartable, prefork, threads])).toEqual([
      done(restartable, 'reload started'),
      refused(prefork, 'pool_restart_is_off'),
      refused(threads, 'pool_cannot_restart'),
    ])
    await until(restartable, 'has a new process', ({ child_pids: now }) =>
      Boolean(now?.some((pid) => !before.includes(pid))),
    )
  })

  test('add_consumer and cancel_consumer', async () => {
    expect(await control('add_consumer', [prefork, threads], { queue: 'imports' })).toEqual([
      done(prefork, 'add consumer imports'),
      done(threads, 'add consumer imports'),
    ])
    const consumes = ({ queues }: Detail) => queues?.some(({ name }) => name === 'imports') === true
    await until(prefork, 'consumes imports', consumes)
    await until(threads, 'consumes imports', consumes)
    const id = await here.cluster.send('test.add', { x: 1, y: 2 }, { queue: 'imports' })
    await here.crisper.untilState(id, 'SUCCESS')

    expect(await control('cancel_consumer', [prefork, threads], { queue: 'imports' })).toEqual([
      done(prefork, 'no longer consuming from imports'),
      done(threads, 'no longer consuming from imports'),
    ])
    await until(prefork, 'leaves imports alone', (detail) => !consumes(detail))
    await until(threads, 'leaves imports alone', (detail) => !consumes(detail))
  })

  test('rate_limit is set, taken away, and refused for a task that is not there', async () => {
    const limit = (task_name: string, rate_limit: string) =>
      control('rate_limit', [prefork, threads], { task_name, rate_limit })
    const set = 'new rate limit set successfully'
    expect(await limit('test.add', '10/m')).toEqual([done(prefork, set), done(threads, set)])
    await until(
      prefork,
      'has the limit',
      ({ registered }) => registered?.includes('test.add [rate_limit=10/m]') === true,
    )

    const off = 'rate limit disabled successfully'
    expect(await limit('test.add', '0')).toEqual([done(prefork, off), done(threads, off)])
    expect(await limit('no.such', '10/m')).toEqual([
      refused(prefork, 'unknown_task', 'unknown task'),
      refused(threads, 'unknown_task', 'unknown task'),
    ])
  })

  test('time_limit is noted, and applied after a pool restart; threads enforce none', async () => {
    const raw = 'time limits set successfully'
    const noted = (worker: string, code: string) => ({ worker, outcome: 'ok', code, raw })
    const limits = { task_name: 'test.sleep', soft: 1, hard: 30 }
    expect(await control('time_limit', [restartable, threads], limits)).toEqual([
      noted(restartable, 'limits_not_yet'),
      noted(threads, 'limits_not_enforced'),
    ])
    await control('add_consumer', [restartable], { queue: 'limited' })
    const sleep = (seconds: number) => here.cluster.send('test.sleep', { seconds }, { queue: 'limited' })
    await here.crisper.untilState(await sleep(3), 'SUCCESS')

    await control('pool_restart', [restartable])
    const late = await sleep(60)
    await here.crisper.untilState(late, 'FAILURE')
    expect(await here.crisper.task(late)).toMatchObject({
      error: expect.stringContaining('SoftTimeLimitExceeded'),
    })

    expect(await control('time_limit', [restartable], { task_name: 'test.sleep' })).toEqual([
      noted(restartable, 'limits_not_yet'),
    ])
    expect(await control('time_limit', [threads], { task_name: 'no.such', hard: 3 })).toEqual([
      refused(threads, 'unknown_task', 'unknown task'),
    ])
  })

  test('disable_events and enable_events; one started with -E goes on sending', async () => {
    expect(await control('disable_events', [prefork, threads])).toEqual([
      done(prefork, 'task events disabled'),
      { worker: threads, outcome: 'ok', code: 'events_already_off', raw: 'task events already disabled' },
    ])
    expect(await control('enable_events', [prefork, threads])).toEqual([
      done(prefork, 'task events enabled'),
      { worker: threads, outcome: 'ok', code: 'events_already_on', raw: 'task events already enabled' },
    ])
  })

  test('what can not be read is refused before anything is sent', async () => {
    const refusedBody = async (body: object) => {
      const { status, body: answer } = await here.crisper.post('/api/workers/control/', body)
      return { status, error: answer.error }
    }
    expect(await refusedBody({ command: 'explode', all: true })).toEqual({
      status: 400,
      error: expect.stringContaining('takes a command'),
    })
    expect(await refusedBody({ command: 'pool_grow', workers: [prefork], n: 0 })).toEqual({
      status: 400,
      error: 'n takes a whole number from 1 to 1000',
    })
    expect(await refusedBody({ command: 'ping' })).toEqual({
      status: 400,
      error: 'workers takes either node names, or "all": true instead',
    })
    expect(await refusedBody({ command: 'autoscale', workers: [scaled], max: 2, min: 3 })).toMatchObject({
      status: 400,
      error: 'min takes at most max, which is 2',
    })
    expect(
      await refusedBody({ command: 'rate_limit', all: true, task_name: 'a', rate_limit: '10/y' }),
    ).toEqual({
      status: 400,
      error: 'rate_limit takes a rate such as 10/s, 100/m, 5/h, or 0 for none',
    })
    expect(await refusedBody({ command: 'ping', workers: [prefork, 'typo@localhost'] })).toEqual({
      status: 404,
      error: 'No worker typo@localhost was heard of',
    })
    expect(await refusedBody({ command: 'ping', all: true, expected: 7 })).toEqual({
      status: 409,
      error: '4 workers are there, not the 7 expected; nothing was sent',
    })
  })

  // The last: it ends workers.
  test('shutdown: who is idle says goodbye, who works is waited for, who is gone is named', async () => {
    await control('add_consumer', [prefork], { queue: 'last' })
    const id = await here.cluster.send('test.sleep', { seconds: 10 }, { queue: 'last' })
    await here.crisper.untilState(id, 'STARTED')
    await until(prefork, 'is known to work', ({ active }) => active === 1)

    expect(await control('shutdown', [prefork, threads])).toEqual([
      { worker: prefork, outcome: 'ok', code: 'is_finishing', raw: null },
      // A slow machine has not heard its goodbye after three seconds.
      {
        worker: threads,
        outcome: 'ok',
        code: expect.stringMatching(/^(said_goodbye|is_shutting_down)$/),
        raw: null,
      },
    ])
    await here.crisper.untilState(id, 'SUCCESS')
    const { reason } = await until(prefork, 'has stopped cleanly', ({ status }) => status === 'stopped')
    expect(reason).toMatch(/^It said goodbye \d+ s ago, with 1 task still running\.$/)
    expect(await control('ping', [prefork, scaled])).toEqual([
      { worker: prefork, outcome: 'no_answer', code: 'no_answer', raw: null },
      done(scaled, 'pong'),
    ])
    expect(here.crisper.log()).toContain('"by":"anonymous (127.0.0.1)"')
  })
})
