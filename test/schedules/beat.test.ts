import { describe, expect, test } from 'vitest'
import { schedulesAnswer } from '../../src/http/schedules-answer.js'
import { oppositeCorners } from '../harness/corners.js'
import { eventually } from '../harness/eventually.js'
import { WithCrisper } from '../harness/with-crisper.js'

const scheduled = { CELERY_TEST_SCHEDULE: '1' }

describe.each(oppositeCorners())('beat on $kind, Celery $celery.version', ({ kind, celery }) => {
  const here = new WithCrisper(kind, celery)
  const read = async (query = '') =>
    schedulesAnswer.parse((await here.crisper.get(`/api/schedules/?${query}`)).body)
  const entry = async (name: string) => (await read()).schedules.find((each) => each.name === name)

  test('without workers there is nothing, and what to do is said', async () => {
    expect(await read()).toMatchObject({
      schedules: [],
      total: 0,
      sources: {
        tables: { state: 'not_configured', problem: expect.stringMatching(/--result-database/) },
        workers: { asked_at: null, asked: 0, silent: [] },
      },
    })
  })

  test('the settings of workers are read, the same of two workers once', async () => {
    await here.cluster.startWorker({ env: scheduled })
    await here.cluster.startWorker({ env: scheduled })
    const workers = ['w1@localhost', 'w2@localhost']

    const { schedules, sources } = await eventually('both workers to have told', read, ({ schedules }) =>
      schedules.some((each) => each.workers.length === 2),
    )

    expect(sources.workers).toMatchObject({ asked: 2, silent: [], unasked: 0, problem: null })
    expect(schedules.map(({ name }) => name).sort()).toEqual([
      'every second',
      'new year',
      'strange',
      'test.sleep(1)',
      'twice, now',
      'twice, then',
      'with a secret',
    ])
    expect(schedules.find(({ name }) => name === 'every second')).toMatchObject({
      task: 'test.add',
      source: 'worker conf',
      workers,
      status: 'active',
      when: { kind: 'interval', every: 1, about: false },
      args: '(1, 2)',
      kwargs: '{}',
      last_run: null,
      no_next_run: expect.stringMatching(/No run of it has been seen yet/),
      missed: null,
      shared_with: 0,
      problem: null,
    })
  })

  test('a crontab is due in the time zone of the application', async () => {
    const newYear = await entry('new year')
    const year = new Date().getUTCFullYear() + 1
    expect(newYear).toMatchObject({
      when: { kind: 'crontab', crontab: '0 4 1 1 *', timezone: 'America/Sao_Paulo' },
      next_run_at: `${year}-01-01T07:00:00Z`,
    })
  })

  test('secrets in arguments are not told', async () => {
    const { body } = await here.crisper.get('/api/schedules/')
    expect(JSON.stringify(body)).not.toContain('hunter2')
    expect(await entry('with a secret')).toMatchObject({ kwargs: expect.stringContaining("'company_id': 4") })
  })

  test('entries that run the same task say so', async () => {
    expect(await entry('twice, now')).toMatchObject({ shared_with: 1 })
    expect(await entry('twice, then')).toMatchObject({
      shared_with: 1,
      next_run_at: null,
      no_next_run: expect.stringMatching(/Other entries run the same task/),
    })
  })

  test('what can not be read is a problem, and is found by it', async () => {
    const { schedules, total, attention } = await read('problem=true')
    expect(schedules).toHaveLength(1)
    expect({ total, attention }).toEqual({ total: 7, attention: 1 })
    expect(schedules[0]).toMatchObject({
      name: 'strange',
      when: { kind: 'unreadable', text: '<whenever>' },
      problem: 'Crisper can not read when it is due: <whenever>',
    })
    expect((await read('search=TWICE')).schedules).toHaveLength(2)
    expect((await here.crisper.get('/api/schedules/?problem=maybe')).status).toBe(400)
  })

  test('once beat runs, an entry leads to its last run and tells the next', async () => {
    const beat = await here.cluster.startBeat({ env: scheduled })

    const every = await eventually(
      'a run of the entry',
      () => entry('every second'),
      (found) => found?.last_run?.state === 'SUCCESS',
    )
    const { task_id: id, at, source } = every?.last_run ?? {}
    expect(source).toBe('task')
    expect(await here.crisper.task(id ?? '')).toMatchObject({ task_name: 'test.add', state: 'SUCCESS' })
    expect(every?.next_run_at).toBe(new Date(Date.parse(at ?? '') + 1000).toISOString().replace('.000Z', 'Z'))

    await eventually(
      'a later run',
      () => entry('every second'),
      (found) => found?.last_run?.task_id !== id,
    )
    await beat.stop()
  })

  test('once beat is gone, its entries come to miss runs', async () => {
    const every = await eventually(
      'a missed run',
      () => entry('every second'),
      (found) => found?.missed !== null,
      180_000,
    )
    const lastRun = Date.parse(every?.last_run?.at ?? '')
    expect(Date.parse(every?.missed?.since ?? '')).toBe(lastRun + 1000)
    expect((await read('problem=true')).schedules.map(({ name }) => name)).toContain('every second')
  }, 200_000)

  test('the schedule stays when its workers are gone', async () => {
    const before = await read()
    await here.cluster.stopWorkers()
    await eventually(
      'the workers to be gone',
      async () => (await here.crisper.get('/api/workers/')).body.counts,
      ({ online }) => online === 0,
    )
    expect((await read()).schedules.map(({ name }) => name).sort()).toEqual(
      before.schedules.map(({ name }) => name).sort(),
    )
  })
})
