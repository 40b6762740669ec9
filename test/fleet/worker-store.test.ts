import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type DatabaseConnection } from '../../src/db/connect.js'
import { migrate } from '../../src/db/migrate.js'
import { isStorable, mostRemembered, WorkerStore } from '../../src/fleet/worker-store.js'
import type { RememberedWorker } from '../../src/fleet/workers.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { TestFolder } from '../harness/test-folder.js'

const folder = new TestFolder()
let postgres: TestPostgres
let database: DatabaseConnection
let store: WorkerStore

beforeAll(async () => {
  postgres = await startPostgres({ dir: folder.path('postgres') })
  database = connect({ url: postgres.url }, () => {})
  await migrate(database.db, database.pool)
  store = new WorkerStore(database.db)
})

afterAll(async () => {
  await database?.close()
  await postgres?.stop()
  folder.remove()
})

const today = Math.floor(Date.now() / 1000)
const day = 86_400

function worker(name: string, more: Partial<RememberedWorker> = {}): RememberedWorker {
  return {
    name,
    firstSeenAt: today - day,
    lastSeenAt: today,
    stopped: false,
    restarts: 0,
    pid: 7,
    pool: 'prefork',
    concurrency: 4,
    version: '5.6.3',
    ...more,
  }
}

test('what is written is read back, and what is not known any more is kept', async () => {
  await store.save([worker('w1@host', { restarts: 2 }), worker('naïve.воркер@host', { pid: 3_000_000_000 })])
  await store.save([worker('w1@host', { firstSeenAt: today, restarts: 3, pool: null, version: null })])

  const read = await store.load()

  expect(read).toHaveLength(2)
  expect(read).toContainEqual(worker('w1@host', { restarts: 3 }))
  expect(read).toContainEqual(worker('naïve.воркер@host', { pid: 3_000_000_000 }))
  await store.save([])
})

test('names that the database can not hold as they are, are left out', () => {
  const names = ['w@h', 'w\0@h', 'w\ud800@h', 'x'.repeat(256)]
  expect(names.map((name) => isStorable({ name }))).toEqual([true, false, false, false])
})

test('of weeks of 5,000 pods a day a bounded number is kept, those seen last', async () => {
  for (let ago = 10; ago >= 0; ago -= 1) {
    const lastSeenAt = today - ago * day
    const pods = Array.from({ length: 5000 }, (_, n) =>
      worker(`pod-${ago}-${n}@cluster`, { lastSeenAt: lastSeenAt - n }),
    )
    await store.save(pods)
    await store.forgetOld()
  }

  const { rows } = await database.pool.query('select count(*)::int as n from worker')
  expect(rows[0].n).toBe(mostRemembered)
  const read = await store.load()
  expect(read.filter(({ name }) => name.startsWith('pod-0-')).length).toBeGreaterThan(4900)
})

test('a worker that is gone for a week is forgotten', async () => {
  await database.pool.query('delete from worker')
  await store.save([
    worker('old@h', { lastSeenAt: today - 8 * day }),
    worker('new@h', { lastSeenAt: today - 6 * day }),
  ])
  await store.forgetOld()
  expect((await store.load()).map(({ name }) => name)).toEqual(['new@h'])
})
