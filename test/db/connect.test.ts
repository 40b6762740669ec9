import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type DatabaseConnection } from '../../src/db/connect.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { TestFolder } from '../harness/test-folder.js'

const folder = new TestFolder()
let postgres: TestPostgres
let database: DatabaseConnection

beforeAll(async () => {
  postgres = await startPostgres({ dir: folder.path('postgres') })
  database = connect({ url: postgres.url }, () => {})
})
afterAll(async () => {
  await database?.close()
  await postgres?.stop()
  folder.remove()
})

test('a connection that is lost between two statements of a transaction ends that, and not the process', async () => {
  const broken = database.db.transaction().execute(async (trx) => {
    await sql`select`.execute(trx)
    await postgres.kill()
    await sql`select`.execute(trx)
  })

  await expect(broken).rejects.toThrow()
  await postgres.restart()
  expect((await sql`select 1 as one`.execute(database.db)).rows).toEqual([{ one: 1 }])
})
