import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startRedis } from '../../scripts/services/redis.mjs'
import { connect, type DatabaseConnection } from '../../src/db/connect.js'
import { viewAnswer, viewListAnswer } from '../../src/http/view-answers.js'
import type { TestBroker } from '../harness/cluster.js'
import { type Answer, TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { TestFolder } from '../harness/test-folder.js'

const folder = new TestFolder()
let redis: TestBroker
let postgres: TestPostgres
let database: DatabaseConnection
let crisper: TestCrisper

beforeAll(async () => {
  redis = await startRedis({ dir: folder.path('redis') })
  postgres = await startPostgres({ dir: folder.path('postgres') })
  crisper = await TestCrisper.start([
    ...['--broker', redis.url, '--database', postgres.url, '--trusted-proxy', '127.0.0.1'],
  ])
  database = connect({ url: postgres.url }, () => {})
})

beforeEach(async () => {
  await database.pool.query('delete from saved_view')
})

afterAll(async () => {
  await database?.close()
  expect(await crisper?.end()).toBe(0)
  await postgres?.stop()
  await redis?.stop()
  folder.remove()
})

/** Somebody behind the proxy, whose address is who they are until there are logins. */
class Person {
  readonly owner: string
  constructor(readonly address: string) {
    this.owner = `anonymous (${address})`
  }

  async list() {
    return viewListAnswer.parse((await this.#ask('GET', '/api/views/')).body).views
  }

  create(body: unknown): Promise<Answer> {
    return this.#ask('POST', '/api/views/', body)
  }

  async created(body: unknown) {
    const answer = await this.create(body)
    if (answer.status !== 201) throw new Error(`not created: ${JSON.stringify(answer)}`)
    return viewAnswer.parse(answer.body)
  }

  replace(id: string, body: unknown): Promise<Answer> {
    return this.#ask('PUT', `/api/views/${id}/`, body)
  }

  remove(id: string): Promise<Answer> {
    return this.#ask('DELETE', `/api/views/${id}/`)
  }

  #ask(method: string, path: string, body?: unknown): Promise<Answer> {
    return crisper.send(method, path, body, { 'x-forwarded-for': this.address })
  }
}

const ana = new Person('203.0.113.1')
const ben = new Person('203.0.113.2')

const failed = { name: 'Failed', page: 'tasks', query: { state: 'FAILURE', company_id: '4' } }

test('a view is saved, listed, replaced and deleted', async () => {
  const { status, body } = await ana.create({ ...failed, columns: ['state', 'worker'] })

  expect(status).toBe(201)
  expect(body).toEqual({
    ...failed,
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    columns: ['state', 'worker'],
    shared: false,
    owner: ana.owner,
    mine: true,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    updated_at: body.created_at,
  })
  expect(await ana.list()).toEqual([body])

  const changed = { name: 'All of four', query: { company_id: '4' }, columns: null, shared: true }
  const replaced = await ana.replace(body.id, changed)
  expect(replaced).toEqual({
    status: 200,
    body: { ...body, ...changed, updated_at: expect.any(String) },
  })
  expect(await ana.list()).toEqual([replaced.body])

  expect(await ana.remove(body.id)).toEqual({ status: 204, body: undefined })
  expect(await ana.list()).toEqual([])
  expect(await ana.remove(body.id)).toEqual({ status: 404, body: { error: `No view ${body.id}` } })
})

test('what a replacement does not name is not kept', async () => {
  const { id } = await ana.created({ ...failed, columns: ['state'], shared: true })

  const { body } = await ana.replace(id, { name: 'Plain', query: {} })

  expect(body).toMatchObject({ name: 'Plain', page: 'tasks', query: {}, columns: null, shared: false })
})

test("one's own come first, then what others share, each by name", async () => {
  for (const name of ['b', 'A']) await ana.created({ ...failed, name })
  await ben.created({ ...failed, name: 'Aa', page: 'stops', shared: true })
  await ben.created({ ...failed, name: 'hidden' })

  const listed = (await ana.list()).map(({ name, owner, mine }) => ({ name, owner, mine }))

  expect(listed).toEqual([
    { name: 'A', owner: ana.owner, mine: true },
    { name: 'b', owner: ana.owner, mine: true },
    { name: 'Aa', owner: ben.owner, mine: false },
  ])
})

test("another's shared view may be seen, not touched; a private one does not exist", async () => {
  const shared = await ana.created({ ...failed, name: 'Shared', shared: true })
  const mine = await ana.created({ ...failed, name: 'Private' })
  const unknown = randomUUID()
  const attempts = [(id: string) => ben.replace(id, failed), (id: string) => ben.remove(id)]

  for (const attempt of attempts) {
    expect(await attempt(shared.id)).toEqual({
      status: 403,
      body: {
        error:
          `The view "Shared" is of ${ana.owner}, who alone may change or delete it. ` +
          'Save one of your own instead.',
      },
    })
    expect(await attempt(mine.id)).toEqual({ status: 404, body: { error: `No view ${mine.id}` } })
    expect(await attempt(unknown)).toEqual({ status: 404, body: { error: `No view ${unknown}` } })
  }

  expect(await ana.list()).toEqual([mine, shared])
})

test('a name is taken once for each page, whatever its case', async () => {
  await ana.created({ ...failed, name: 'Überfällig' })
  const other = await ana.created({ ...failed, name: 'Other' })
  const taken = {
    status: 409,
    body: {
      error:
        'You already have a view named "überfällig" of the page tasks. Change that one, or take another name.',
    },
  }

  expect(await ana.create({ ...failed, name: 'überfällig' })).toEqual(taken)
  expect(await ana.replace(other.id, { ...failed, name: ' überfällig ' })).toEqual(taken)
  expect(await ana.create({ ...failed, name: 'überfällig', page: 'stops' })).toMatchObject({ status: 201 })
  expect(await ben.create({ ...failed, name: 'überfällig' })).toMatchObject({ status: 201 })
})

test('an owner has 200 views at most', async () => {
  await database.pool.query(
    `insert into saved_view
     select gen_random_uuid(), $1, 'view ' || n, 'view ' || n, 'tasks', '{}', null, false, now(), now()
       from generate_series(1, 200) n`,
    [ana.owner],
  )

  expect(await ana.create(failed)).toEqual({
    status: 409,
    body: { error: 'You already have 200 views, and no more are kept. Delete one first.' },
  })
  expect(await ben.create(failed)).toMatchObject({ status: 201 })
  expect(await ana.list()).toHaveLength(200)
})

test('a row that was spoilt by hand is left out, and the log tells it once', async () => {
  const broken = await ana.created({ ...failed, name: 'Spoilt' })
  const whole = await ana.created({ ...failed, name: 'Whole' })
  await database.pool.query(`update saved_view set query = '{"state": {}}' where id = $1`, [broken.id])

  expect(await ana.list()).toEqual([whole])
  expect(await ana.list()).toEqual([whole])

  const told = () =>
    crisper
      .log()
      .split('\n')
      .filter((line) => line.includes(broken.id))
  await eventually(
    'the log to tell it',
    async () => told(),
    (lines) => lines.length > 0,
  )
  expect(told()).toEqual([expect.stringContaining('a saved view is left out')])
})

describe('names', () => {
  test.each([
    '失敗したタスク',
    'مهام فاشلة',
    'Ошибки',
    '👩‍👩‍👧‍👦 family',
    'a'.repeat(80),
    '🦊'.repeat(80),
    '"; drop --',
  ])('%s is one', async (name) => {
    expect(await ana.created({ ...failed, name })).toMatchObject({ name })
    expect(await ana.list()).toMatchObject([{ name }])
  })

  test('blanks around it are cut off, and letters are composed', async () => {
    expect(await ana.created({ ...failed, name: '  Cafe\u0301 \n' })).toMatchObject({ name: 'Caf\u00e9' })
  })

  test.each(['', '   ', 'a'.repeat(81), '🦊'.repeat(81), 'two\nlines', 'nul\0', '\ud83e'])(
    '%j is none',
    async (name) => {
      expect(await ana.create({ ...failed, name })).toEqual({
        status: 400,
        body: { error: 'name takes 1 to 80 characters on one line' },
      })
    },
  )
})

describe('what is not read', () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => `n${n}`)
  const parameters = (count: number) => Object.fromEntries(many(count).map((name) => [name, '']))

  test.each([
    [{ name: undefined }, 'name takes text'],
    [{ name: 7 }, 'name takes text'],
    [{ query: undefined }, 'query takes an object of parameters'],
    [{ query: ['state'] }, 'query takes an object of parameters'],
    [{ query: { limit: 5 } }, 'query takes text as the value of each parameter'],
    [{ query: parameters(31) }, 'query takes up to 30 parameters'],
    [{ query: { a: 'x'.repeat(1001) } }, 'query takes parameters of up to 1000 characters, without NUL'],
    [{ query: { ['x'.repeat(1001)]: '' } }, 'query takes parameters of up to 1000 characters, without NUL'],
    [{ query: { a: '\0' } }, 'query takes parameters of up to 1000 characters, without NUL'],
    [{ query: { a: '\udc00' } }, 'query takes parameters of up to 1000 characters, without NUL'],
    [{ columns: 'state' }, 'columns takes a list of names of columns'],
    [{ columns: [1] }, 'columns takes names of columns'],
    [{ columns: [''] }, 'columns takes names of 1 to 60 characters, without NUL'],
    [{ columns: ['x'.repeat(61)] }, 'columns takes names of 1 to 60 characters, without NUL'],
    [{ columns: many(41) }, 'columns takes up to 40 columns'],
    [{ columns: ['state', 'state'] }, 'columns takes each column once'],
    [{ shared: 'yes' }, 'shared takes true or false'],
  ])('%j', async (wrong, error) => {
    const { id } = await ana.created({ ...failed, name: 'Kept' })

    expect(await ana.create({ ...failed, ...wrong })).toEqual({ status: 400, body: { error } })
    expect(await ana.replace(id, { ...failed, ...wrong })).toEqual({ status: 400, body: { error } })

    expect(await ana.list()).toMatchObject([{ name: 'Kept' }])
  })

  test.each([undefined, 'workers', ''])('the page %j', async (page) => {
    expect(await ana.create({ ...failed, page })).toEqual({
      status: 400,
      body: { error: 'page takes one of tasks, overview, stops' },
    })
  })

  test.each([undefined, '[]', '"text"', 'null', '{'])('the body %s', async (body) => {
    expect(await ana.create(body)).toEqual({ status: 400, body: { error: 'body takes a JSON object' } })
  })

  test('an id that is no UUID', async () => {
    const answer = { status: 400, body: { error: 'id takes a UUID' } }
    expect(await ana.replace('7', failed)).toEqual(answer)
    expect(await ana.remove('7')).toEqual(answer)
  })

  test('as much as there may be is read', async () => {
    const query = Object.fromEntries(many(30).map((name) => [name.padEnd(1000, 'x'), '🦊'.repeat(1000)]))
    const columns = many(40).map((name) => name.padEnd(60, 'x'))

    expect(await ana.created({ ...failed, query, columns })).toMatchObject({ query, columns })
    expect(await ana.list()).toMatchObject([{ query, columns }])
  })
})

test('pages of other sites change nothing', async () => {
  const { body: view } = await crisper.post('/api/views/', failed)
  const path = `/api/views/${view.id}/`
  const headers = { origin: 'https://evil.example.org' }

  for (const answer of [
    await crisper.send('POST', '/api/views/', { ...failed, name: 'Theirs' }, headers),
    await crisper.send('PUT', path, { ...failed, name: 'Theirs' }, headers),
    await crisper.send('DELETE', path, undefined, headers),
  ]) {
    expect(answer).toMatchObject({
      status: 403,
      body: { error: expect.stringContaining('evil.example.org') },
    })
  }

  expect((await crisper.get('/api/views/')).body.views).toEqual([view])
})

test('the OpenAPI document has the routes', async () => {
  const { paths } = (await crisper.get('/api/openapi.json')).body
  expect(Object.keys(paths['/api/views/'])).toEqual(['get', 'post'])
  expect(Object.keys(paths['/api/views/{id}/'])).toEqual(['put', 'delete'])
  expect(Object.keys(paths['/api/views/{id}/'].delete.responses)).toEqual([
    '204',
    '400',
    '401',
    '403',
    '404',
    '503',
  ])
})
