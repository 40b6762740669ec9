import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { connect, type DatabaseConnection } from '../../src/db/connect.js'
import { migrate } from '../../src/db/migrate.js'
import { NameTaken, NoSuchView, NotYourView, TooManyViews } from '../../src/views/errors.js'
import { type ViewOwner, ViewStore } from '../../src/views/store.js'
import { type ViewContent, viewLimits } from '../../src/views/view.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { TestFolder } from '../harness/test-folder.js'

const folder = new TestFolder()
let postgres: TestPostgres
let database: DatabaseConnection
let logged: object[]
let views: ViewStore

beforeAll(async () => {
  postgres = await startPostgres({ dir: folder.path('postgres') })
  database = connect({ url: postgres.url }, () => {})
  await migrate(database.db, database.pool)
})

beforeEach(async () => {
  await database.pool.query('delete from saved_view')
  logged = []
  const note = (fields: object) => void logged.push(fields)
  views = new ViewStore(database.db, { info: note, warn: note, error: note })
})

afterAll(async () => {
  await database?.close()
  await postgres?.stop()
  folder.remove()
})

function named(name: string, more: Partial<ViewContent> = {}): ViewContent {
  return { name, query: { state: 'FAILURE' }, columns: null, shared: false, ...more }
}

const ana: ViewOwner = { owner: 'ana', scopeKey: '' }
const ben: ViewOwner = { owner: 'ben', scopeKey: '' }

const namesFor = async (owner: ViewOwner) => (await views.list(owner)).map(({ name }) => name)

test('what is saved is what is found, by the same owner', async () => {
  const query = { state: 'FAILURE,RETRY', search: 'größe "1" \\ 🦊', empty: '' }
  const content = named('Failed', { query, columns: ['worker', 'state', 'name'], shared: true })

  const created = await views.create(ana, 'tasks', content)

  expect(created).toMatchObject({ ...content, owner: 'ana', page: 'tasks' })
  expect(created.updatedAt).toEqual(created.createdAt)
  expect(await views.list(ana)).toEqual([created])
})

test("another's view is listed only while it is shared", async () => {
  const { id } = await views.create(ana, 'overview', named('Mine'))
  expect(await views.list(ben)).toEqual([])

  await views.replace(ana, id, named('Ours', { shared: true }))
  expect(await views.list(ben)).toMatchObject([{ id, name: 'Ours', owner: 'ana' }])

  await views.replace(ana, id, named('Mine'))
  expect(await views.list(ben)).toEqual([])
})

test('own ones come first, then by name as people sort', async () => {
  for (const name of ['view 10', 'Zebra', 'äpfel', 'View 9']) await views.create(ana, 'tasks', named(name))
  for (const name of ['zoo', 'Aal']) await views.create(ben, 'tasks', named(name, { shared: true }))

  expect(await namesFor(ana)).toEqual(['äpfel', 'View 9', 'view 10', 'Zebra', 'Aal', 'zoo'])
  expect(await namesFor(ben)).toEqual(['Aal', 'zoo'])
})

test('a replaced view keeps its id, page, owner and time of creation', async () => {
  const created = await views.create(ana, 'stops', named('Old', { columns: ['mode'], shared: true }))

  const replaced = await views.replace(ana, created.id, named('New', { query: { mode: 'hard' } }))

  const { id, page, owner, createdAt } = created
  expect(replaced).toMatchObject({ id, page, owner, createdAt, ...named('New', { query: { mode: 'hard' } }) })
  expect(replaced.updatedAt.getTime()).toBeGreaterThanOrEqual(createdAt.getTime())
  expect(await views.list(ana)).toEqual([replaced])
})

test.each([
  ['Failed', 'failed'],
  ['ÄRGER', 'ärger'],
  ['Caf\u00e9', 'Cafe\u0301'],
  ['ЗАДАЧИ', 'задачи'],
  ['ﬁnal', 'final'],
])('"%s" and "%s" are one name', async (name, same) => {
  const first = await views.create(ana, 'tasks', named(name))
  await expect(views.create(ana, 'tasks', named(same))).rejects.toThrow(NameTaken)

  const other = await views.create(ana, 'tasks', named('Other'))
  await expect(views.replace(ana, other.id, named(same))).rejects.toThrow(
    `You already have a view named "${same}" of the page tasks.`,
  )

  // Its own name in another spelling is not taken; nor is it for other pages and owners.
  expect(await views.replace(ana, first.id, named(same))).toMatchObject({ name: same })
  await views.create(ana, 'stops', named(name))
  await views.create(ben, 'tasks', named(name))
})

test('of two saved under one name at once, one is', async () => {
  const results = await Promise.allSettled([1, 2, 3].map(() => views.create(ana, 'tasks', named('One'))))

  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await namesFor(ana)).toEqual(['One'])
})

test('nobody changes or deletes what is of another, and what is private does not exist for them', async () => {
  const shared = await views.create(ana, 'tasks', named('Shared', { shared: true }))
  const mine = await views.create(ana, 'tasks', named('Private'))

  for (const attempt of [
    (id: string) => views.replace(ben, id, named('Taken over')),
    (id: string) => views.remove(ben, id),
  ]) {
    await expect(attempt(shared.id)).rejects.toThrow(NotYourView)
    await expect(attempt(shared.id)).rejects.toThrow('is of ana, who alone may change or delete it')
    const unknown = randomUUID()
    await expect(attempt(mine.id)).rejects.toThrow(new NoSuchView(mine.id))
    await expect(attempt(unknown)).rejects.toThrow(new NoSuchView(unknown))
  }

  expect(await views.list(ana)).toEqual([mine, shared])
})

test('a deleted view is gone, and its name is free', async () => {
  const { id } = await views.create(ana, 'tasks', named('Gone', { shared: true }))

  await views.remove(ana, id)

  expect(await views.list(ben)).toEqual([])
  await expect(views.remove(ana, id)).rejects.toThrow(NoSuchView)
  await expect(views.replace(ana, id, named('Gone'))).rejects.toThrow(NoSuchView)
  await views.create(ana, 'tasks', named('Gone'))
})

test('an owner has so many views at most, also when the last ones are saved at once', async () => {
  const most = viewLimits.viewsOfAnOwner
  await database.pool.query(
    `insert into saved_view
     select gen_random_uuid(), 'ana', 'view ' || n, 'view ' || n, 'tasks', '{}', null, false, now(), now()
       from generate_series(1, $1) n`,
    [most - 3],
  )

  const wanted = Array.from({ length: 8 }, (_, n) => named(`last ${n}`))
  const results = await Promise.allSettled(wanted.map((content) => views.create(ana, 'tasks', content)))

  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  expect(refused).toEqual(Array(5).fill(new TooManyViews(most)))
  const [first, ...rest] = await views.list(ana)
  expect(rest).toHaveLength(most - 1)

  await views.create(ben, 'tasks', named('of another'))
  await views.remove(ana, first?.id ?? '')
  await views.create(ana, 'tasks', named('one more'))
  await expect(views.create(ana, 'stops', named('two more'))).rejects.toThrow(TooManyViews)
})

test.each([
  ['query', '[]'],
  ['query', 'null'],
  ['query', '{"state": 3}'],
  ['columns', '{"0": "state"}'],
  ['columns', '["state", null]'],
])('a row whose %s is %s is left out and told once', async (column, json) => {
  const { id } = await views.create(ana, 'tasks', named('Broken', { shared: true }))
  await views.create(ana, 'tasks', named('Whole'))
  await database.pool.query(`update saved_view set ${column} = $1 where id = $2`, [json, id])

  expect(await namesFor(ana)).toEqual(['Whole'])
  expect(await namesFor(ana)).toEqual(['Whole'])
  expect(await namesFor(ben)).toEqual([])

  expect(logged).toEqual([expect.objectContaining({ view: { id, owner: 'ana', name: 'Broken' } })])
  // Its owner can repair it.
  await views.replace(ana, id, named('Mended'))
  expect(await namesFor(ana)).toEqual(['Mended', 'Whole'])
})

test.each([
  ['page', 'workers'],
  ['name', ''],
  ['name', 'x'.repeat(81)],
])('the database takes no view whose %s is "%s"', async (column, value) => {
  const { id } = await views.create(ana, 'tasks', named('Kept'))
  const change = database.pool.query(`update saved_view set ${column} = $1 where id = $2`, [value, id])
  await expect(change).rejects.toThrow('violates check constraint')
})

test('what is shared is seen within the same scope, and by who sees all', async () => {
  const four = { owner: 'carla', scopeKey: '{"companies":["4"]}' }
  const five = { owner: 'dora', scopeKey: '{"companies":["5"]}' }
  const { id } = await views.create(four, 'tasks', named('Of company 4', { shared: true }))
  await views.create(ana, 'tasks', named('Of all', { shared: true }))

  expect(await namesFor({ ...four, owner: 'emil' })).toEqual(['Of company 4'])
  expect(await namesFor(five)).toEqual([])
  expect(await namesFor(ana)).toEqual(['Of all', 'Of company 4'])
  await expect(views.remove(five, id)).rejects.toThrow(NoSuchView)
})
