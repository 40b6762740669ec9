import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runToEnd } from '../../scripts/services/process.mjs'
import { DjangoBeatTables } from '../../src/celery/beat/django-tables.js'
import { schedulesAnswer } from '../../src/http/schedules-answer.js'
import { hasDjangoBeat } from '../harness/celery-versions.js'
import { Cluster } from '../harness/cluster.js'
import { oppositeCorners } from '../harness/corners.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { type ResultStore, startStore } from '../harness/result-stores.js'

const appDir = fileURLToPath(new URL('../harness/app/', import.meta.url))
const script = fileURLToPath(new URL('../celery/app/make_schedule.py', import.meta.url))

describe.each(
  oppositeCorners().map((corner) => {
    const isThere = hasDjangoBeat(corner.celery)
    const leftOut = isThere ? '' : ' (left out: django-celery-beat is not installed)'
    return { ...corner, isThere, title: `${corner.kind}, Celery ${corner.celery.version}${leftOut}` }
  }),
)('django-celery-beat on $title', ({ kind, celery, isThere }) => {
  describe.skipIf(!isThere)('with a schedule in its tables', () => {
    let store: ResultStore
    let cluster: Cluster
    let crisper: TestCrisper

    beforeAll(async () => {
      store = await startStore('Django on PostgreSQL', celery)
      const env = { ...process.env, PYTHONPATH: appDir, PYTHONDONTWRITEBYTECODE: '1', ...store.env }
      const { ok, output } = await runToEnd(celery.python, [script], { env })
      if (!ok) throw new Error(output)
      cluster = await Cluster.start(kind, celery, store)
      crisper = await TestCrisper.start(cluster.crisperFlags)
      await cluster.startWorker()
    })
    afterAll(async () => {
      if (crisper !== undefined) expect(await crisper.end()).toBe(0)
      await cluster?.stop()
      await store?.stop()
    })

    const read = async () => schedulesAnswer.parse((await crisper.get('/api/schedules/')).body)
    const entry = async (name: string) => (await read()).schedules.find((each) => each.name === name)

    const onDatabase = async (statement: string) => {
      const client = new pg.Client({ connectionString: store.djangoDatabase ?? '' })
      await client.connect()
      await client.query(statement)
      await client.end()
    }

    test('every entry is told as it is', async () => {
      const { schedules, sources } = await read()
      expect(sources.tables).toMatchObject({ state: 'read', problem: null, more: false })
      const statuses = Object.fromEntries(schedules.map(({ name, status }) => [name, status]))
      expect(statuses).toEqual({
        'every second': 'active',
        'with a secret': 'active',
        'at four': 'active',
        once: 'active',
        'at sunset': 'active',
        disabled: 'disabled',
        expired: 'expired',
        'not yet': 'waiting',
        'no json': 'disabled',
        missed: 'active',
      })
      expect(schedules.every(({ source }) => source === 'django-celery-beat')).toBe(true)
      expect(await entry('at four')).toMatchObject({
        when: { kind: 'crontab', crontab: '0 4 * * mon-fri', timezone: 'Europe/Lisbon' },
        next_run_at: expect.stringMatching(/T0[34]:00:00Z$/),
      })
      expect(await entry('at sunset')).toMatchObject({
        next_run_at: null,
        no_next_run: expect.stringMatching(/sun/),
        problem: null,
      })
      expect(await entry('once')).toMatchObject({ one_off: true, when: { kind: 'clocked' } })
    })

    test('secrets in arguments and descriptions are not told', async () => {
      const { body } = await crisper.get('/api/schedules/')
      expect(JSON.stringify(body)).not.toContain('hunter2')
      expect(await entry('with a secret')).toMatchObject({ kwargs: expect.stringContaining("'rows': 3") })
    })

    test('runs that were due while no beat ran are missed, the first of them first', async () => {
      const { schedules, attention } = await eventually(
        'a missed run',
        read,
        ({ attention }) => attention > 0,
      )
      expect(attention).toBe(1)
      expect(schedules[0]).toMatchObject({
        name: 'missed',
        last_run: { source: 'table', task_id: null },
        missed: { count: 3, more: false },
      })
      const lastRun = Date.parse(schedules[0]?.last_run?.at ?? '')
      expect(Date.parse(schedules[0]?.missed?.since ?? '')).toBe(lastRun + 3_600_000)
    })

    test('once beat runs they are made up for, and lead to their tasks', async () => {
      // For the sun beat needs ephem, without which it ends.
      await onDatabase("update django_celery_beat_periodictask set enabled = false where name = 'at sunset'")
      await cluster.startBeat({ args: ['-S', 'django_celery_beat.schedulers:DatabaseScheduler'] })
      const every = await eventually(
        'a run',
        () => entry('every second'),
        (found) => found?.last_run?.state === 'SUCCESS',
      )
      const id = every?.last_run?.task_id ?? ''
      expect(await crisper.task(id)).toMatchObject({ task_name: 'test.add' })
      const madeUp = await eventually(
        'the missed run to be made up for',
        () => entry('missed'),
        (found) => found?.last_run?.source === 'task',
      )
      expect(madeUp).toMatchObject({ missed: null })
      // Beat keeps its own entries there too.
      expect(await entry('celery.backend_cleanup')).toMatchObject({ task: 'celery.backend_cleanup' })
    })

    test('an entry that stands in the settings of workers, too, is told once', async () => {
      await cluster.startWorker({ env: { CELERY_TEST_SCHEDULE: '1' } })
      const { schedules } = await eventually('the settings to be told', read, ({ schedules }) =>
        schedules.some(({ source }) => source === 'worker conf'),
      )
      const sources = (name: string) =>
        schedules.filter((each) => each.name === name).map(({ source }) => source)
      expect(sources('every second')).toEqual(['django-celery-beat'])
      expect(sources('new year')).toEqual(['worker conf'])
    })

    test('who may not read the tables is told so, and who has none too', async () => {
      const url = store.djangoDatabase ?? ''
      await onDatabase("create role nobody_much login password 'secret'")
      await onDatabase('create database empty_one')
      const limited = new URL(url)
      limited.username = 'nobody_much'
      limited.password = 'secret'
      const empty = new URL(url)
      empty.pathname = '/empty_one'
      await expect(problemOf(limited)).resolves.toMatchObject({
        absent: false,
        message: expect.stringMatching(
          /nobody_much:\*+@.* permission denied.* Let the user of the URL select from/,
        ),
      })
      await expect(problemOf(empty)).resolves.toMatchObject({
        absent: true,
        message: expect.stringMatching(/no table django_celery_beat_periodictask.*--result-database/),
      })
    })
  })
})

async function problemOf({ href }: URL): Promise<unknown> {
  const tables = new DjangoBeatTables(href)
  const problem = await tables.read().catch((error: unknown) => error)
  await tables.close()
  return problem
}
