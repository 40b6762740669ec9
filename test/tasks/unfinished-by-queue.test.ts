import { type Kysely, sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type DatabaseConnection } from '../../src/db/connect.js'
import { migrate } from '../../src/db/migrate.js'
import type { Database } from '../../src/db/schema.js'
import { UnfinishedCounter } from '../../src/tasks/unfinished-by-queue.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { TestFolder } from '../harness/test-folder.js'

const folder = new TestFolder()
let postgres: TestPostgres
let database: DatabaseConnection

const unfinished = 300

beforeAll(async () => {
  postgres = await startPostgres({ dir: folder.path('postgres') })
  database = connect({ url: postgres.url }, () => {})
  await migrate(database.db, database.pool)
  const insert = `insert into job (task_id, task_name, queue, state, created_at, retries, max_retries)
     select $2 || n, 'test.add', (array['small', 'big', 'big', 'big', '', null])[1 + n % 6],
            ($3::text[])[1 + n % cardinality($3::text[])], now() - n * interval '1 s', 0, 3
       from generate_series(1, $1::int) n`
  await database.pool.query(insert, [50_000, 'done-', ['SUCCESS', 'FAILURE', 'REVOKED']])
  await database.pool.query(insert, [unfinished, 'open-', ['SENT', 'STARTED']])
  await database.pool.query('vacuum analyze job')
})

afterAll(async () => {
  await database?.close()
  await postgres?.stop()
  folder.remove()
})

test('unfinished jobs are counted by queue and state, and finished ones are not even read', async () => {
  const { counts, read } = await database.db.transaction().execute(async (transaction) => {
    const before = await rowsRead(transaction)
    const counts = await new UnfinishedCounter(transaction, 10).get()
    return { counts, read: (await rowsRead(transaction)) - before }
  })

  const byState = [...counts].map(([queue, { byState }]) => [queue, byState])
  expect(Object.fromEntries(byState)).toEqual({ big: { SENT: 50, STARTED: 100 }, small: { SENT: 50 } })
  const since = [...counts.values()].map(({ waitingSince }) => Number(waitingSince))
  expect(since.every((time) => time > Date.now() - 3_600_000 && time < Date.now())).toBe(true)
  expect(read).toBeLessThanOrEqual(2 * unfinished)
})

test('of too many queues those with most jobs are told', async () => {
  const counts = await new UnfinishedCounter(database.db, 1).get()
  expect([...counts.keys()]).toEqual(['big'])
})

/** Rows of the job table that this connection read and has not told the server's statistics yet. */
async function rowsRead(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql<{ n: string }>`
    select seq_tup_read + idx_tup_fetch as n from pg_stat_xact_user_tables where relname = 'job'`.execute(db)
  return Number(rows[0]?.n)
}
