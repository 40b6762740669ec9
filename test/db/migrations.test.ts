import { Migrator } from 'kysely'
import { expect, test } from 'vitest'
import { ourSchema } from '../../src/db/connect.js'
import { migrate } from '../../src/db/migrate.js'
import { migrations } from '../../src/db/migrations/index.js'
import { parseRecord } from '../../src/tasks/stored-record.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase({ migrated: false })

/** As a Crisper that knew no later migration left it, and nothing else. */
async function migrateOnlyTo(name: string): Promise<void> {
  await database.pool.query(`drop schema if exists ${ourSchema} cascade; create schema ${ourSchema}`)
  const migrator = new Migrator({
    db: database.db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableSchema: ourSchema,
  })
  const { error } = await migrator.migrateTo(name)
  if (error !== undefined) throw error
}

const rowsOf = async (table: 'job' | 'stop_request' | 'saved_view') =>
  (await database.pool.query(`select * from ${table}`)).rows

test('the schema before saved views is upgraded with all that is in it, and once', async () => {
  await migrateOnlyTo('002-stops')
  await database.pool.query(`
    insert into job (task_id, task_name, state, created_at, retries, max_retries, meta)
    values ('task-1', 'etl.load', 'STARTED', now(), 1, 3, '{"company_id": 4}')`)
  await database.pool.query(`
    insert into stop_request (id, task_id, mode, status, requested_by, requested_at, known, explanation)
    values (gen_random_uuid(), 'task-1', 'hard', 'sent', 'ana', now(), true, 'Sent.')`)
  const before = [await rowsOf('job'), await rowsOf('stop_request')]
  await expect(rowsOf('saved_view')).rejects.toThrow('does not exist')

  await migrate(database.db, database.pool)
  await migrate(database.db, database.pool)

  expect([await rowsOf('job'), await rowsOf('stop_request')]).toEqual(before)
  expect(before.map((rows) => rows.length)).toEqual([1, 1])
  expect(await rowsOf('saved_view')).toEqual([])
})

test('timelines that were objects are lists, in order, and known by what they were known by', async () => {
  await migrateOnlyTo('012-retention')
  const started = { type: 'task-started', at: 20.25, worker: 'w1', pid: 7 }
  const received = { type: 'task-received', at: 20.25, worker: 'w1' }
  const late = { type: 'task-succeeded', at: 30, worker: 'w1', clockSkew: 12 }
  const timeline = {
    'stop-requested|1': { type: 'stop-requested', at: 19 },
    'task-succeeded|w1|18': late,
    'task-started|w1|20.25': started,
    'task-received|w1|20.25': received,
  }
  const records = [
    { taskId: 'task-1', firstSeenAt: 19, timeline },
    { taskId: 'task-2', firstSeenAt: 19, timeline: {} },
  ]
  await database.pool.query(
    `insert into task_detail (task_id, version, record)
     select r ->> 'taskId', 1, r from json_array_elements($1::json) r`,
    [JSON.stringify(records)],
  )

  await migrate(database.db, database.pool)

  const { rows } = await database.pool.query('select record from task_detail order by task_id')
  expect(rows.map(({ record }) => parseRecord(record).timeline)).toEqual([
    [
      { id: 'stop-requested|1', type: 'stop-requested', at: 19 },
      received,
      started,
      { id: 'task-succeeded|w1|18', ...late },
    ],
    [],
  ])
})

test('a schema that a newer Crisper has migrated is left alone, and worked on', async () => {
  await migrate(database.db, database.pool)
  const next = { up: async () => void (await database.pool.query('create table of_the_next_version ()')) }
  const known = { ...migrations, '999-next': next }
  expect(await migrate(database.db, database.pool, known)).toEqual([])

  expect(await migrate(database.db, database.pool)).toEqual(['999-next'])

  expect((await database.pool.query('select * from of_the_next_version')).rows).toEqual([])
})
