import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase({ migrated: false })

test('a connection that is lost between two statements of a transaction ends that, and not the process', async () => {
  const broken = database.db.transaction().execute(async (trx) => {
    await sql`select`.execute(trx)
    await database.postgres.kill()
    await sql`select`.execute(trx)
  })

  await expect(broken).rejects.toThrow()
  await database.postgres.restart()
  expect((await sql`select 1 as one`.execute(database.db)).rows).toEqual([{ one: 1 }])
})
