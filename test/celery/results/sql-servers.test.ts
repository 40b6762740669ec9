import { fileURLToPath } from 'node:url'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CannotAbort, ResultBackendUnreachable } from '../../../src/celery/errors.js'
import type { ResultBackend } from '../../../src/celery/results/backend.js'
import { openResultBackend } from '../../../src/celery/results/open.js'
import type { ResultBackendOptions } from '../../../src/celery/results/options.js'
import { SqlResultBackend } from '../../../src/celery/results/sql/backend.js'
import { celeryTable } from '../../../src/celery/results/sql/celery-table.js'
import type { SqlClient } from '../../../src/celery/results/sql/client.js'
import { PostgresClient } from '../../../src/celery/results/sql/postgres.js'
import { parseSqlUrl } from '../../../src/celery/results/sql/url.js'
import { newestCelery } from '../../harness/celery-versions.js'
import { Publisher } from '../../harness/publisher.js'
import { missingFor, type ResultStore, startStore } from '../../harness/result-stores.js'

const appDir = fileURLToPath(new URL('../../harness/app/', import.meta.url))
const opened: ResultBackend[] = []
afterEach(async () => {
  for (const backend of opened.splice(0)) await backend.close()
})

function open(url: string, extra: Partial<ResultBackendOptions> = {}) {
  const backend = openResultBackend(url, {
    resultKeyprefix: '',
    masterName: 'mymaster',
    sentinelPassword: null,
    ...extra,
  })
  opened.push(backend)
  return backend
}

/** Celery as a client: it makes the tables and stores, without a broker or worker. */
async function asCelery(
  url: string,
  work: (celery: Publisher) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
) {
  const celery = new Publisher(newestCelery().python, appDir, {
    CELERY_BROKER_URL: 'memory://',
    CELERY_RESULT_BACKEND: url,
    ...env,
  })
  await work(celery)
  await celery.stop()
}

async function refusal(question: Promise<unknown>): Promise<Error> {
  const [answer] = await Promise.allSettled([question])
  if (answer?.status !== 'rejected') throw new Error('it answered')
  expect(answer.reason.message).not.toMatch(/hunter/)
  return answer.reason
}

const missing = missingFor('PostgreSQL', newestCelery())
describe.skipIf(missing !== null)(`PostgreSQL${missing === null ? '' : ` (left out: ${missing})`}`, () => {
  let store: ResultStore
  let admin: pg.Client
  const urlWith = (user: string, password: string, database = 'crisper') =>
    store.url.replace(/\/\/[^@]*@/, `//${user}:${password}@`).replace(/\w+$/, database)

  beforeAll(async () => {
    store = await startStore('PostgreSQL', newestCelery())
    admin = new pg.Client({ connectionString: store.url.replace(/^[^:]*/, 'postgres') })
    await admin.connect()
  })
  afterAll(async () => {
    await admin?.end()
    await store?.stop()
  })

  test('says so where the table is not there yet, and finds it later', async () => {
    const backend = open(store.url)

    const error = await refusal(backend.check())

    expect(error).toBeInstanceOf(ResultBackendUnreachable)
    expect(error.message).toMatch(/there is no table celery_taskmeta\. Celery makes it .*result_tables/)
    expect((await refusal(backend.abort('early'))).message).toMatch(/there is no table celery_taskmeta/)
    await asCelery(store.url, (celery) => celery.abort('first'))
    await backend.check()
    await backend.abort('early')
    expect((await backend.get(['first'])).get('first')).toMatchObject({ status: 'ABORTED' })
  })

  test('reads and writes a table of another name and schema', async () => {
    await admin.query('create schema "other place"')
    const table = { CELERY_RESULT_TABLE: 'other place.My_Results' }
    await asCelery(store.url, (celery) => celery.abort('theirs'), table)
    const backend = open(store.url, { resultTable: { schema: 'other place', name: 'My_Results' } })

    await backend.abort('ours')

    expect([...(await backend.get(['theirs', 'ours', 'first'])).keys()]).toEqual(['theirs', 'ours'])
    await asCelery(
      store.url,
      async (celery) => expect(await celery.result('ours')).toEqual({ state: 'ABORTED', result: null }),
      table,
    )
  })

  test('asks once for a page, and in batches for thousands', async () => {
    const parsed = parseSqlUrl(store.url.replace(/^db\+/, ''))
    if (parsed.kind === 'sqlite') throw new Error('it is PostgreSQL')
    const client = new PostgresClient(parsed)
    let questions = 0
    const counting: SqlClient = {
      dialect: client.dialect,
      read: (statement) => {
        questions += 1
        return client.read(statement)
      },
      write: (statement) => client.write(statement),
      close: () => client.close(),
    }
    const backend = new SqlResultBackend({
      kind: 'database',
      maskedUrl: '',
      client: counting,
      table: celeryTable,
      name: { schema: null, name: celeryTable.name },
      onMalformed: () => undefined,
    })
    opened.push(backend)
    const ids = Array.from({ length: 2_500 }, (_, index) => `many-${index}`)

    await backend.get(ids.slice(0, 200))
    expect(questions).toBe(1)
    await backend.get(ids)
    expect(questions).toBe(4)
    await backend.get([])
    expect(questions).toBe(4)
  })

  test('a result that is being stored is waited for, and stays', async () => {
    const backend = open(store.url)
    await backend.abort('race')
    await admin.query('begin')
    await admin.query("update celery_taskmeta set status = 'SUCCESS' where task_id = 'race'")

    const aborted = backend.abort('race')
    await expect
      .poll(async () => (await watcher(store)).includes('insert into'), { timeout: 5_000 })
      .toBe(true)
    await admin.query('commit')
    await aborted

    expect((await backend.get(['race'])).get('race')).toMatchObject({ status: 'SUCCESS' })
  })

  test('a row that is locked for ever does not hold us up for ever', async () => {
    const backend = open(store.url)
    await backend.abort('locked')
    await admin.query('begin')
    await admin.query("select * from celery_taskmeta where task_id = 'locked' for update")

    const error = await refusal(backend.abort('locked'))

    expect(error).toBeInstanceOf(ResultBackendUnreachable)
    expect(error.message).toMatch(/timeout/)
    await admin.query('commit')
  })

  test('a time that may be of another zone is not told', async () => {
    await admin.query(
      "insert into celery_taskmeta (id, task_id, status, date_done) values (1000, 'timed', 'SUCCESS', now())",
    )
    await admin.query(
      "create role away login password 'hunter2'; alter role away set timezone to 'Asia/Kolkata'; grant select on celery_taskmeta to away",
    )
    const timeOf = async (url: string) => (await open(url).get(['timed'])).get('timed')?.dateDone

    expect(await timeOf(store.url)).toBeInstanceOf(Date)
    expect(await timeOf(urlWith('away', 'hunter2'))).toBeNull()
  })

  test('says what a user lacks', async () => {
    await admin.query(
      "create role reader login password 'hunter2'; grant select on celery_taskmeta to reader",
    )
    await admin.query("create role nobody login password 'hunter2'")

    expect((await refusal(open(urlWith('nobody', 'hunter2')).check())).message).toMatch(
      /permission denied.*Let the user of the URL select from celery_taskmeta\.$/,
    )
    const reader = open(urlWith('reader', 'hunter2'))
    await reader.check()
    const error = await refusal(reader.abort('x'))
    expect(error).toBeInstanceOf(CannotAbort)
    expect(error.message).toMatch(/permission denied.*select, insert and update in celery_taskmeta\.$/)
  })

  test.each<[string, () => string, RegExp]>([
    [
      'a wrong password',
      () => urlWith('crisper', 'hunter3'),
      /password authentication failed.*Check user and password/,
    ],
    ['no password', () => store.url.replace(/:[^:@]*@/, '@'), /password.*Check user and password/],
    [
      'another database',
      () => urlWith('nobody', 'hunter2', 'elsewhere'),
      /"elsewhere" does not exist.*Check the name of the database/,
    ],
    [
      'a port that nobody listens on',
      () => store.url.replace(/:\d+\//, ':1/'),
      /ECONNREFUSED.*Check that it runs/,
    ],
    ['encryption that it lacks', () => `${store.url}?sslmode=require`, /SSL.*Check the URL/],
  ])('says so: %s', async (_, url, message) => {
    const backend = open(url())

    const error = await refusal(backend.check())

    expect(error).toBeInstanceOf(ResultBackendUnreachable)
    expect(error.message).toMatch(message)
    expect(error.message).toContain(backend.maskedUrl)
    expect(await refusal(backend.get(['a']))).toBeInstanceOf(ResultBackendUnreachable)
    expect(await refusal(backend.abort('a'))).toBeInstanceOf(ResultBackendUnreachable)
  })
})

const missingMariadb = missingFor('MariaDB', newestCelery())
describe.skipIf(missingMariadb !== null)(
  `MariaDB${missingMariadb === null ? '' : ` (left out: ${missingMariadb})`}`,
  () => {
    let store: ResultStore
    beforeAll(async () => {
      store = await startStore('MariaDB', newestCelery())
    })
    afterAll(() => store?.stop())

    test('rows that are locked hold up neither us nor other questions', async () => {
      // A database of its own, so that the others still lack the table.
      await asCelery(store.url.replace(/\w+$/, 'locked'), (celery) => celery.abort('first'))
      const backend = open(store.url.replace(/\w+$/, 'locked'))
      const locker = await createConnection(
        store.url.replace(/^db\+mysql\+pymysql/, 'mysql').replace(/\w+$/, 'locked'),
      )
      await locker.beginTransaction()
      await locker.query("select * from celery_taskmeta where task_id = 'first' for update")

      const errors = await Promise.all([1, 2, 3].map(() => refusal(backend.abort('first'))))

      for (const error of errors) expect(error).toBeInstanceOf(ResultBackendUnreachable)
      const asked = Date.now()
      expect((await backend.get(['first'])).size).toBe(1)
      expect(Date.now() - asked).toBeLessThan(2_000)
      await locker.rollback()
      await locker.end()
      await backend.abort('first')
    })

    test.each<[string, () => string, RegExp]>([
      ['no table', () => store.url, /no table celery_taskmeta.*Celery makes it/],
      [
        'a wrong password',
        () => store.url.replace(/:[^:@]*@/, ':hunter3@'),
        /Access denied.*Check user and password/,
      ],
      [
        'a database of others',
        () => store.url.replace(/\w+$/, 'mysql'),
        /Access denied.*Check user and password/,
      ],
      [
        'no database',
        () => store.url.replace(/\/\w+$/, '/'),
        /No database selected.*Check the name of the database/,
      ],
      [
        'a port that nobody listens on',
        () => store.url.replace(/:\d+\//, ':1/'),
        /ECONNREFUSED.*Check that it runs/,
      ],
    ])('says so: %s', async (_, url, message) => {
      const error = await refusal(open(url()).check())

      expect(error).toBeInstanceOf(ResultBackendUnreachable)
      expect(error.message).toMatch(message)
    })
  },
)

async function watcher(store: ResultStore): Promise<string> {
  const client = new pg.Client({ connectionString: store.url.replace(/^[^:]*/, 'postgres') })
  await client.connect()
  const { rows } = await client.query<{ query: string }>(
    "select query from pg_stat_activity where wait_event_type = 'Lock'",
  )
  await client.end()
  return rows.map(({ query }) => query).join()
}
