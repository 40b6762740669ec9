import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { connect, type DatabaseConnection } from '../../src/db/connect.js'
import { migrate } from '../../src/db/migrate.js'
import { QueueHistory } from '../../src/fleet/queue-history.js'
import { Workers } from '../../src/fleet/workers.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { TestFolder } from '../harness/test-folder.js'

const folder = new TestFolder()
const log = { info: () => {}, warn: () => {}, error: () => {} }
let postgres: TestPostgres
let database: DatabaseConnection
let queues: { name: string; waiting: number | null; oldestAt: Date | null }[]

beforeAll(async () => {
  postgres = await startPostgres({ dir: folder.path('postgres') })
  database = connect({ url: postgres.url }, () => {})
  await migrate(database.db, database.pool)
})
beforeEach(async () => {
  queues = []
  await database.pool.query('truncate queue_sample')
})
afterAll(async () => {
  await database?.close()
  await postgres?.stop()
  folder.remove()
})

const open = () =>
  new QueueHistory({
    db: database.db,
    workers: new Workers(),
    log,
    connected: () => true,
    samples: () => true,
    queues: async () => queues,
  })
const now = Date.now()
const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000)
const sample = async (history: QueueHistory, waiting: number | null, minutes: number) => {
  queues = [{ name: 'imports', waiting, oldestAt: waiting === 0 ? null : minutesAgo(10) }]
  await history.sample(minutesAgo(minutes))
}

test('rates are what was taken, and by how much more waits', async () => {
  const history = open()
  await sample(history, 100, 2)
  expect(history.rates('imports')).toBeNull()
  history.onLeft('imports', 120)
  await sample(history, 40, 1)

  expect(history.rates('imports')).toEqual({ taken: 2, published: 1 })
  expect(history.trend('imports')).toEqual([100, 40])
  history.onLeft('imports', 0)
  await sample(history, 100, 0)
  expect(history.rates('imports')).toEqual({ taken: 1, published: 1 })
})

test('what could not be read is left out, and an outage does not spoil the rates', async () => {
  const history = open()
  await sample(history, 5000, 50)
  await sample(history, 10, 2)
  await sample(history, null, 1.5)
  await sample(history, 10, 1)

  expect(history.rates('imports')).toEqual({ taken: 0, published: 0 })
})

test('the last hour is known again after a restart, a day is told, and what is older is deleted', async () => {
  const before = open()
  for (const minutes of [30 * 60, 90, 30]) await sample(before, minutes, minutes)

  const after = open()
  await sample(after, 7, 0)
  await after.forgetOld()

  expect(after.trend('imports')).toEqual([30, 7])
  const told = await after.of('imports', 24)
  expect(told.map(({ waiting }) => waiting)).toEqual([90, 30, 7])
  const { rows } = await database.pool.query('select count(*)::int as n from queue_sample')
  expect(rows).toEqual([{ n: 3 }])
})

test('of ten thousand queues the first five hundred are sampled', async () => {
  const history = open()
  queues = Array.from({ length: 10_000 }, (_, n) => ({ name: `q${n}`, waiting: n, oldestAt: null }))
  await history.sample()

  const { rows } = await database.pool.query('select count(*)::int as n, max(waiting) from queue_sample')
  expect(rows).toEqual([{ n: 500, max: 499 }])
})
