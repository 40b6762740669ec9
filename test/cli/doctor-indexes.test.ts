import { afterAll, beforeAll, expect, test } from 'vitest'
import { ApplicationDatabase } from '../harness/application-database.js'
import { TestFolder } from '../harness/test-folder.js'
import { runCli } from './run-cli.js'

const folder = new TestFolder()
let application: ApplicationDatabase

const rows = 20_000

beforeAll(async () => {
  application = await ApplicationDatabase.start(folder.path('application'))
  await application.pool.query(
    `insert into core_job (id, task_id, task_name, kind, tenant_id, created_by_id, state, created_at, finished_at, retries,
                           max_retries, meta)
     select gen_random_uuid(), 'made-' || n, 'etl.step_' || n % 40, 'etl', n % 50, n % 500,
            (array['SUCCESS', 'FAILURE'])[1 + n % 2], at, at, 0, 3, jsonb_build_object('task_type', 'etl', 'company_id', n % 200)
       from generate_series(1, $1::int) n, lateral (select now() - n * interval '1 s' as at) t`,
    [rows],
  )
  await application.pool.query('vacuum analyze core_job')
})

afterAll(async () => {
  await application?.stop()
  folder.remove()
})

async function indexes(): Promise<string[]> {
  const { rows: found } = await application.pool.query<{ indexname: string }>(
    `select indexname from pg_indexes where tablename = 'core_job' order by 1`,
  )
  return found.map(({ indexname }) => indexname)
}

async function statementsOfDoctor(): Promise<{ out: string; statements: string[] }> {
  const flags = ['--database', application.crisperUrl, '--jobs-table', 'core_job']
  const { out } = await runCli(['doctor', ...flags])
  return {
    out,
    statements: [...out.matchAll(/^ +(create index .*); {2}-- /gm)].map(([, found = '']) => found),
  }
}

test('names the indexes that would help and creates none; once they are there, none is left to name', async () => {
  const before = await indexes()
  const { out, statements } = await statementsOfDoctor()
  expect(await indexes()).toEqual(before)
  expect(out).toMatch(/^ok {3}jobs table: about 20,000 rows, \d+ MB with its indexes$/m)
  expect(out).toMatch(/^ok {3}jobs table: the newest tasks: \d{1,3} rows read in \d+ ms$/m)
  expect(out).toMatch(/^ok {3}jobs table: the tasks of a tenant that has few: 0 rows read in \d+ ms$/m)
  expect(out).toMatch(/^ok {3}jobs table: the tasks of a user that has few: [24]0,000 rows read in \d+ ms$/m)
  expect(out).toMatch(/takes about 1 MB; Crisper creates nothing there$/m)
  expect(statements.map((each) => / on (.*)/.exec(each)?.[1])).toEqual([
    `"public"."core_job" ((meta ->> 'task_type'), created_at desc)`,
    '"public"."core_job" (task_name, created_at desc)',
    '"public"."core_job" (created_by_id, created_at desc)',
  ])

  for (const statement of statements) await application.pool.query(statement)
  await application.pool.query('vacuum analyze core_job')

  const then = await statementsOfDoctor()
  expect(then.statements).toEqual([])
  expect(then.out).toMatch(/^ok {3}jobs table: the tasks of a user that has few: 0 rows read in \d+ ms$/m)
})
