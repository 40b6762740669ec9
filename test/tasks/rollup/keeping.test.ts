import { Migrator, sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { everything } from '../../../src/access/scope.js'
import { connect, type DatabaseConnection } from '../../../src/db/connect.js'
import { migrate } from '../../../src/db/migrate.js'
import { migrations } from '../../../src/db/migrations/index.js'
import { fold } from '../../../src/tasks/rollup/fold.js'
import { foldingAlone } from '../../../src/tasks/rollup/folding-alone.js'
import { RollupKeeper } from '../../../src/tasks/rollup/keeper.js'
import { rebuild } from '../../../src/tasks/rollup/rebuild.js'
import { isBuilt, OwnRollup } from '../../../src/tasks/rollup/rollup.js'
import { runCli } from '../../cli/run-cli.js'
import { eventually } from '../../harness/eventually.js'
import { startPostgres, type TestPostgres } from '../../harness/postgres.js'
import { strictLog } from '../../harness/strict-log.js'
import { TestFolder } from '../../harness/test-folder.js'
import { countsOf, recount } from './recount.js'

const folder = new TestFolder()
let postgres: TestPostgres
let admin: DatabaseConnection
let url: string
let database: DatabaseConnection
let databases = 0

const all = { scope: everything }
const counted = async () => countsOf(await new OwnRollup().count(database.db, all))

beforeAll(async () => {
  postgres = await startPostgres({ dir: folder.path('database') })
  admin = connect({ url: postgres.url }, () => undefined)
})

beforeEach(async () => {
  databases += 1
  await admin.pool.query(`create database rollups_${databases}`)
  url = postgres.url.replace(/[^/]+$/, `rollups_${databases}`)
  database = connect({ url }, () => undefined)
})

afterEach(() => database.close())

afterAll(async () => {
  await admin?.close()
  await postgres?.stop()
  folder.remove()
})

async function insertJobs(first: number, last: number): Promise<void> {
  await sql`
    insert into job (task_id, task_name, kind, state, created_at, retries, max_retries)
    select n::text, 'etl.load', 'etl', (array['STARTED', 'SUCCESS'])[1 + n % 2], now() - n * interval '7 min', 0, 0
      from generate_series(${sql.lit(first)}::int, ${sql.lit(last)}) n`.execute(database.db)
}

test('jobs that were there before the upgrade are counted beside the work, and only once', async () => {
  await database.pool.query('create schema crisper')
  const provider = { getMigrations: async () => ({ ...migrations }) }
  const migrator = new Migrator({ db: database.db, provider, migrationTableSchema: 'crisper' })
  const { error } = await migrator.migrateTo('010-alerts')
  expect(error).toBeUndefined()
  await insertJobs(1, 3000)
  await migrate(database.db, database.pool)
  // Written before it is built.
  await insertJobs(3001, 3500)
  expect(await new OwnRollup().count(database.db, all)).toBeUndefined()

  const keeper = new RollupKeeper(database, strictLog)
  keeper.start()
  try {
    await eventually(
      'the rollup to be built',
      () => isBuilt(database.db),
      (built) => built,
    )
    expect(await counted()).toEqual(await recount(database.db, all))
  } finally {
    await keeper.stop()
  }
})

test('with several writers, keepers and a rebuild at the same time the sums are right', async () => {
  await migrate(database.db, database.pool)
  const keepers = [1, 2].map(() => new RollupKeeper(database, strictLog))
  for (const keeper of keepers) keeper.start()
  let writing = true
  const writer = async (state: string) => {
    for (let round = 0; round < 150; round += 1) {
      await sql`
        insert into job as j (task_id, task_name, kind, state, created_at, retries, max_retries)
        select n::text, 'etl.step_' || n % 3, 'etl', ${state}, now() - n * interval '1 min', 0, 0
          from (select distinct floor(random() * 400)::int as n from generate_series(1, 50)) s
         order by n::text collate "C"
        on conflict (task_id) do update set state = excluded.state, created_at = excluded.created_at`.execute(
        database.db,
      )
      if (round % 5 === 0) await sql`delete from job where task_id = ${String(round)}`.execute(database.db)
    }
  }
  const rebuilding = async () => {
    while (writing) await rebuild(database)
  }
  const checking = async () => {
    while (writing) {
      // One statement each, on one snapshot.
      await database.db
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute(async (transaction) => {
          const rolledUp = await new OwnRollup().count(transaction, all)
          expect(countsOf(rolledUp)).toEqual(await recount(transaction, all))
        })
    }
  }
  const beside = [rebuilding(), checking()]
  try {
    await Promise.all(['STARTED', 'SUCCESS', 'FAILURE'].map(writer))
  } finally {
    writing = false
    await Promise.all(beside)
    await Promise.all(keepers.map((keeper) => keeper.stop()))
  }
  expect(await counted()).toEqual(await recount(database.db, all))
})

test('folding what is known takes no new ids', async () => {
  await migrate(database.db, database.pool)
  const lastId = async () => {
    const { rows } = await database.pool.query('select last_value from rollup_key_id_seq')
    return rows
  }
  await insertJobs(1, 500)
  await foldingAlone(database, fold)
  const before = await lastId()
  await insertJobs(501, 1000)
  await foldingAlone(database, fold)
  expect(await lastId()).toEqual(before)
})

test('crisper rollup rebuild mends sums that are wrong', async () => {
  await migrate(database.db, database.pool)
  await insertJobs(1, 500)
  await database.pool.query('truncate job; update rollup_state set built_at = now()')
  await insertJobs(1, 20)
  expect(await counted()).not.toEqual(await recount(database.db, all))
  const { code, out } = await runCli(['rollup', 'rebuild', '--database', url])
  expect(code).toBe(0)
  // They reach back two hours, and after midnight into the day before.
  expect(out).toMatch(/^Counted the jobs of (1 day|2 days)\.\n$/)
  expect(await counted()).toEqual(await recount(database.db, all))
})
