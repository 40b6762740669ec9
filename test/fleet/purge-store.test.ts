import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type DatabaseConnection } from '../../src/db/connect.js'
import { migrate } from '../../src/db/migrate.js'
import { PurgeStore } from '../../src/fleet/purge-store.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { TestFolder } from '../harness/test-folder.js'

const folder = new TestFolder()
let postgres: TestPostgres
let database: DatabaseConnection
let store: PurgeStore

beforeAll(async () => {
  postgres = await startPostgres({ dir: folder.path('postgres') })
  database = connect({ url: postgres.url }, () => {})
  await migrate(database.db, database.pool)
  store = new PurgeStore(database.db)
})
afterAll(async () => {
  await database?.close()
  await postgres?.stop()
  folder.remove()
})

const order = { queue: 'imports', by: 'ana', reason: null }
const line = (text: string, incomplete = false) => ({ line: text, incomplete })
const exported = async (id: string) => {
  let text = ''
  for await (const part of store.lines(id)) text += part
  return text
}

test('the export holds what was deleted, in order, and not what a worker took', async () => {
  const { id } = await store.create(order, 3)
  const slices = [[line('"a"', true), line('"b"')], [line('"c"')]]
  for (const [nth, lines] of slices.entries()) {
    await store.keep(id, nth * 2, lines)
    await store.settle(id, { start: nth * 2, lines, deleted: lines.map(({ line }) => line !== '"b"') })
  }
  await store.end(id, null)

  expect(await store.find(id)).toMatchObject({ waiting: 3, deleted: 2, taken: 1, incomplete: 1 })
  expect(await exported(id)).toBe('"a"\n"c"\n')
  expect((await store.list('imports')).map(({ id }) => id)).toEqual([id])
})

test('a purge that a Crisper left behind is ended, one that goes on is not', async () => {
  const [left, goesOn] = [await store.create(order, 1), await store.create(order, 1)]
  await database.pool.query(`update queue_purge set touched_at = now() - interval '1 hour' where id = $1`, [
    left.id,
  ])

  await store.endInterrupted()

  expect(await store.find(left.id)).toMatchObject({
    endedAt: expect.any(Date),
    problem: expect.stringContaining('may wait still'),
  })
  expect((await store.find(goesOn.id))?.endedAt).toBeNull()
})

test('after a week a purge and its export are forgotten', async () => {
  const { id } = await store.create(order, 2500)
  const lines = Array.from({ length: 2500 }, (_, n) => line(`${n}`))
  await store.keep(id, 0, lines)
  await database.pool.query(`update queue_purge set requested_at = now() - interval '8 days' where id = $1`, [
    id,
  ])

  await store.forgetOld()

  expect(await store.find(id)).toBeUndefined()
  expect(await exported(id)).toBe('')
  const { rows } = await database.pool.query('select count(*)::int as n from purged_message')
  expect(rows).toEqual([{ n: 2 }])
})
