import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { everything } from '../../src/access/scope.js'
import { ownJobsTable } from '../../src/db/jobs-table/jobs-table.js'
import { overviewAnswer } from '../../src/http/overview-answer.js'
import { bucketSize, bucketsOf } from '../../src/tasks/buckets.js'
import type { TaskFilter } from '../../src/tasks/filter.js'
import type { JobState } from '../../src/tasks/job.js'
import { Overviews, overview } from '../../src/tasks/overview.js'
import { OwnRollup } from '../../src/tasks/rollup/rollup.js'
import { TestCrisper } from '../harness/crisper.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase()

const rollup = new OwnRollup()

beforeEach(async () => {
  await database.db.deleteFrom('job').execute()
})

const start = Date.parse('2026-03-01T10:00:00Z')
const at = (minutes: number, seconds = 0) => new Date(start + minutes * 60_000 + seconds * 1000)
/** Ten to eleven; the window before is nine to ten. */
const hour = { createdAfter: at(0), createdBefore: at(60) }
const none = { total: 0, succeeded: 0, failed: 0, revoked: 0, running: 0, wait: null, run: null }
const same = (seconds: number) => ({ p50: seconds, p95: seconds, p99: seconds })

interface MadeJob {
  readonly minute: number
  readonly state?: JobState | 'UNHEARD'
  readonly name?: string
  readonly meta?: object
  readonly tenant?: string
  readonly queue?: string
  /** Seconds after it was created; null where it was not seen. */
  readonly enqueued?: number | null
  readonly started?: number | null
  readonly finished?: number | null
}

let made = 0

async function insert(...jobs: readonly MadeJob[]): Promise<void> {
  const rows = jobs.map((job) => {
    const { minute, state = 'SUCCESS', name = 'etl.load', meta = { task_type: 'etl' } } = job
    const time = (seconds: number | null | undefined) => (seconds == null ? null : at(minute, seconds))
    made += 1
    return {
      task_id: `task-${made}`,
      task_name: name,
      queue: job.queue ?? null,
      tenant_id: job.tenant ?? null,
      kind: 'other',
      state,
      created_at: at(minute),
      enqueued_at: time(job.enqueued),
      started_at: time(job.started),
      finished_at: time(job.finished),
      retries: 0,
      max_retries: 0,
      meta: JSON.stringify(meta),
    }
  })
  if (rows.length > 0) await database.db.insertInto('job').values(rows).execute()
}

const look = (filter: Omit<TaskFilter, 'scope'> = hour, buckets = 60) =>
  overview(database.db, { filter: { scope: everything, ...filter }, buckets }, ownJobsTable, rollup)

describe('the numbers of a window', () => {
  test('a window without jobs has every point, all zero', async () => {
    const answer = await look(hour, 12)
    expect(answer).toMatchObject({ bucketSeconds: 300, byType: [], byCompany: [], slowest: [], failing: [] })
    expect(answer.totals).toEqual({ ...none, failureRate: null })
    expect(answer.previous).toEqual({ ...none, failureRate: null })
    expect(answer.points).toEqual(
      Array.from({ length: 12 }, (_, index) => ({ from: at(index * 5), to: at(index * 5 + 5), ...none })),
    )
  })

  test('jobs are counted by state, in the window and the bucket of their creation', async () => {
    await insert(
      { minute: -0.01, state: 'FAILURE' },
      { minute: 0 },
      { minute: 1 },
      { minute: 1, state: 'FAILURE' },
      { minute: 59.99, state: 'REVOKED' },
      { minute: 59.99, state: 'RETRY' },
      { minute: 59.99, state: 'UNHEARD' },
      { minute: 60 },
    )
    const { totals, previous, points } = await look()
    expect(totals).toMatchObject({ total: 6, succeeded: 2, failed: 1, revoked: 1, running: 2 })
    expect(totals.failureRate).toBeCloseTo(1 / 3)
    expect(previous).toMatchObject({ total: 1, failed: 1, failureRate: 1 })
    expect(points.map(({ total }) => total)).toEqual([1, 2, ...Array(57).fill(0), 3])
  })

  test('waiting is from sending, or creation, to the start, and never negative', async () => {
    await insert(
      { minute: 0, enqueued: 1, started: 4 },
      { minute: 1, enqueued: null, started: 7 },
      { minute: 2, enqueued: 5, started: 3 },
      { minute: 3, enqueued: 5, started: null },
      { minute: 4, state: 'STARTED', started: 60 },
    )
    const { totals, points } = await look()
    expect(totals.wait).toEqual({ p50: 3, p95: 60, p99: 60 })
    expect(points.slice(0, 5).map(({ wait }) => wait)).toEqual([same(3), same(7), same(0), null, same(60)])
  })

  test('run times are those of what succeeded or failed and has both ends', async () => {
    await insert(
      { minute: 0, started: 0, finished: 0.25 },
      { minute: 0, state: 'FAILURE', started: 1, finished: 11 },
      { minute: 0, state: 'REVOKED', started: 1, finished: 500 },
      { minute: 0, started: null, finished: 500 },
      { minute: 0, started: 5, finished: null },
      { minute: 1, started: 9, finished: 8 },
    )
    const { totals, points } = await look()
    expect(totals.run).toEqual({ p50: 0.25, p95: 10, p99: 10 })
    expect(points[1]?.run).toEqual(same(0))
  })

  test('percentiles are the nearest rank', async () => {
    await insert(
      ...Array.from({ length: 100 }, (_, index) => ({ minute: 0, started: 0, finished: index + 1 })),
    )
    expect((await look()).totals.run).toEqual({ p50: 50, p95: 95, p99: 99 })
  })

  test('a company is one, whether meta has it as a number or a string or the tenant has it', async () => {
    await insert(
      { minute: 0, meta: { company_id: 4 } },
      { minute: 0, meta: { company_id: '4' }, state: 'FAILURE' },
      { minute: 0, meta: {}, tenant: '4' },
      { minute: 0, meta: { company_id: 5 }, tenant: '4' },
      { minute: 0, meta: {} },
      { minute: -1, meta: { company_id: 6 } },
    )
    const { byCompany, totals } = await look()
    expect(byCompany.map(({ key, total, failed }) => ({ key, total, failed }))).toEqual([
      { key: '4', total: 3, failed: 1 },
      { key: '5', total: 1, failed: 0 },
    ])
    expect(totals.total).toBe(5)
  })

  test('types are those of meta, or the kind, and at most 20, the most frequent first', async () => {
    await insert({ minute: 0, meta: {} }, { minute: 0, meta: {} })
    await insert(
      ...Array.from({ length: 25 }, (_, index) => ({ minute: 0, meta: { task_type: `t${index + 10}` } })),
    )
    const { byType } = await look()
    expect(byType).toHaveLength(20)
    expect(byType.slice(0, 3).map(({ key, total }) => [key, total])).toEqual([
      ['other', 2],
      ['t10', 1],
      ['t11', 1],
    ])
  })

  test('the slowest and the failing tasks stand beside what they were before', async () => {
    await insert(
      { minute: 0, name: 'slow', started: 0, finished: 90 },
      { minute: 0, name: 'quick', started: 0, finished: 1 },
      { minute: 0, name: 'quick', state: 'FAILURE', started: 0, finished: 2 },
      { minute: 0, name: 'never-started', state: 'FAILURE' },
      { minute: 0, name: 'never-started', state: 'FAILURE' },
      { minute: -1, name: 'slow', started: 0, finished: 30 },
      { minute: -1, name: 'never-started', state: 'FAILURE' },
      { minute: -2, name: 'never-started' },
      { minute: -2, name: 'gone', state: 'FAILURE', started: 0, finished: 900 },
    )
    const { slowest, failing } = await look()
    expect(slowest).toEqual([
      { taskName: 'slow', total: 1, run: same(90), previousRunP95: 30 },
      { taskName: 'quick', total: 2, run: { p50: 1, p95: 2, p99: 2 }, previousRunP95: null },
    ])
    expect(failing).toEqual([
      {
        taskName: 'never-started',
        total: 2,
        failed: 2,
        failureRate: 1,
        previousFailed: 1,
        previousTotal: 2,
      },
      {
        taskName: 'quick',
        total: 2,
        failed: 1,
        failureRate: 0.5,
        previousFailed: 0,
        previousTotal: 0,
      },
    ])
  })

  test('filters hold for both windows', async () => {
    await insert(
      { minute: 0, queue: 'a', meta: { company_id: 4, task_type: 'etl' } },
      { minute: 0, queue: 'b', meta: { company_id: 4, task_type: 'etl' } },
      { minute: 0, queue: 'a', meta: { company_id: 5, task_type: 'etl' } },
      { minute: -1, queue: 'a', tenant: '4' },
      { minute: -1, queue: 'b', tenant: '4' },
    )
    const filter = { ...hour, queue: 'a', companyId: '4', taskTypes: ['etl'], taskName: 'etl.load' }
    const { totals, previous } = await look(filter)
    expect([totals.total, previous.total]).toEqual([1, 1])
    expect((await look({ ...hour, states: ['FAILURE'] })).totals.total).toBe(0)
  })

  test('hours count back from the end, and are 24 where nothing says the start', async () => {
    const hoursOf = async (filter: Omit<TaskFilter, 'scope'>) => {
      const { from, to } = (await look(filter)).window
      return (to.getTime() - from.getTime()) / 3_600_000
    }
    expect(await hoursOf({})).toBe(24)
    expect(await hoursOf({ hoursAgo: 0.5 })).toBe(0.5)
    expect((await look({ hoursAgo: 2, createdBefore: at(60) })).window).toEqual({ from: at(-60), to: at(60) })
    await expect(look({ ...hour, createdBefore: at(0) })).rejects.toThrow('The window is empty')
  })

  test('the points add up to the totals, in any window', async () => {
    const states = ['SUCCESS', 'FAILURE', 'REVOKED', 'STARTED', 'PENDING'] as const
    await insert(
      ...Array.from({ length: 500 }, (_, index) => ({
        minute: ((index * 7919) % 5000) / 7,
        state: states[index % states.length] ?? 'SUCCESS',
      })),
    )
    const window = fc.tuple(
      fc.integer({ min: 0, max: 40_000_000 }),
      fc.integer({ min: 1, max: 40_000_000 }),
      fc.integer({ min: 10, max: 200 }),
    )
    await fc.assert(
      fc.asyncProperty(window, async ([from, length, buckets]) => {
        const createdAfter = new Date(start + from)
        const createdBefore = new Date(start + from + length)
        const { points, totals, byType } = await look({ createdAfter, createdBefore }, buckets)
        for (const count of ['total', 'succeeded', 'failed', 'revoked', 'running'] as const) {
          expect(points.reduce((sum, point) => sum + point[count], 0)).toBe(totals[count])
          expect(byType.reduce((sum, type) => sum + type[count], 0)).toBe(totals[count])
        }
      }),
      { numRuns: 40 },
    )
  })

  test('equal requests share an answer', async () => {
    const overviews = new Overviews(database.db, ownJobsTable, rollup)
    const request = { filter: { scope: everything, ...hour }, buckets: 60 }
    const [one, other] = await Promise.all([overviews.get(request), overviews.get({ ...request })])
    await insert({ minute: 0 })
    expect(other).toBe(one)
    expect(await overviews.get(request)).toBe(one)
    expect((await overviews.get({ ...request, buckets: 61 })).totals.total).toBe(1)
  })
})

test('buckets start at multiples of their size, touch, fill the window, and are not too many', () => {
  const longest = 12_000 * 366 * 86_400_000
  fc.assert(
    fc.property(
      fc.integer({ min: -longest / 2, max: longest / 2 }),
      fc.integer({ min: 1, max: longest / 2 }),
      fc.integer({ min: 10, max: 200 }),
      (from, length, most) => {
        const window = { from: new Date(from), to: new Date(from + length) }
        const size = bucketSize(window, most)
        const buckets = bucketsOf(window, size)
        expect(buckets.length).toBeLessThanOrEqual(most)
        expect([buckets[0]?.from, buckets.at(-1)?.to]).toEqual([window.from, window.to])
        buckets.slice(1).forEach((bucket, index) => {
          expect(bucket.from).toEqual(buckets[index]?.to)
          expect(Math.abs(bucket.from.getTime() % (size * 1000))).toBe(0)
        })
      },
    ),
  )
})

describe('over HTTP', () => {
  let crisper: TestCrisper

  beforeAll(async () => {
    // Nothing listens there: history is served without a broker.
    crisper = await TestCrisper.start(
      ['--broker', 'redis://127.0.0.1:1/0', '--database', database.postgres.url],
      {
        ready: false,
      },
    )
  })

  afterAll(async () => {
    await crisper?.end()
  })

  test('the answer is as described, with the display of each type', async () => {
    await insert({ minute: 0, started: 1, finished: 3, meta: { task_type: 'etl', company_id: 4 } })
    const window = 'created_after=2026-03-01T10:00:00Z&created_before=2026-03-01T11:00:00Z'
    const { status, body } = await crisper.get(`/api/tasks/overview/?${window}&buckets=12&company_id=4`)
    expect(status).toBe(200)
    expect(overviewAnswer.strict().parse(body)).toMatchObject({
      from: '2026-03-01T10:00:00Z',
      to: '2026-03-01T11:00:00Z',
      bucket_seconds: 300,
      totals: { total: 1, succeeded: 1, failure_rate: 0, wait: same(1), run: same(2) },
      previous: { total: 0, failure_rate: null },
      by_type: [{ key: 'etl', display: 'ETL Pipeline', total: 1 }],
      by_company: [{ key: '4', total: 1 }],
      slowest: [{ task_name: 'etl.load', run: same(2), previous_run_p95: null }],
      failing: [],
    })
    expect(body.points).toHaveLength(12)
    expect(body.points[0]).toMatchObject({
      at: '2026-03-01T10:00:00Z',
      until: '2026-03-01T10:05:00Z',
      total: 1,
    })
  })

  test.each([
    'buckets=9',
    'buckets=201',
    'buckets=many',
    'hours_ago=-1',
    'hours_ago=0',
    'created_after=yesterday',
    'created_after=9999-01-01',
    'state=DONE',
  ])('%s is refused', async (query) => {
    const { status, body } = await crisper.get(`/api/tasks/overview/?${query}`)
    expect({ status, body }).toEqual({ status: 400, body: { error: expect.any(String) } })
  })

  test('a window of centuries is answered', async () => {
    const window = 'created_after=0100-01-01&created_before=3000-12-31'
    expect((await crisper.get(`/api/tasks/overview/?${window}`)).status).toBe(200)
  })

  test('the OpenAPI document describes it', async () => {
    const { paths } = (await crisper.get('/api/openapi.json')).body
    const { parameters } = paths['/api/tasks/overview/'].get
    const names = parameters.map(({ name }: { name: string }) => name)
    expect(names).toEqual(expect.arrayContaining(['buckets', 'company_id', 'created_after', 'hours_ago']))
  })
})
