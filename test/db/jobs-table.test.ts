import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectJobsTable } from '../../src/db/jobs-table/inspect.js'
import { ApplicationDatabase } from '../harness/application-database.js'
import { createCoreJob } from '../harness/core-job.js'
import { TestFolder } from '../harness/test-folder.js'

const folder = new TestFolder()
let application: ApplicationDatabase

beforeAll(async () => {
  application = await ApplicationDatabase.start(folder.path('postgres'))
  await application.pool.query('drop schema crisper')
})

afterAll(async () => {
  await application?.stop()
  folder.remove()
})

const inspect = (name = 'core_job') => inspectJobsTable(application.pool, name)

describe('a table of the contract', () => {
  test('is taken, with what is told of it', async () => {
    expect(await inspect()).toEqual({
      schema: 'public',
      name: 'core_job',
      attached: true,
      userIdType: 'integer',
      taskIdLength: 100,
      hasTimeIndex: false,
      hasNameIndex: false,
    })
  })

  test.each(['bigint', 'uuid'] as const)(
    'may name users by %s, in a schema of its own',
    async (userIdType) => {
      const { pool } = application
      await pool.query('create schema if not exists "App Data"')
      await createCoreJob(pool, { name: `"App Data".jobs_${userIdType}`, userIdType })
      expect(await inspect(`"App Data".jobs_${userIdType}`)).toMatchObject({ schema: 'App Data', userIdType })
    },
  )

  test('may have more columns that fill themselves in, and an index on time', async () => {
    await createCoreJob(application.pool, {
      name: 'wide',
      extra: ['note text', 'seq bigint generated always as identity', "tag text not null default 'a'"],
    })
    await application.pool.query('create index on wide (created_at)')
    expect(await inspect('wide')).toMatchObject({ name: 'wide', hasTimeIndex: true })
  })
})

/** Whatever the case before left under that name. */
const dropped = `
  do $$ begin
    if (select relkind from pg_class where oid = to_regclass('t_job')) = 'v' then drop view t_job; end if;
  end $$;
  drop table if exists t_job, t_base`

describe('what can not be used is said in one line, with the way out, and nothing is changed', () => {
  const refusals: readonly [string, string, RegExp][] = [
    ['is not there', '', /^there is no table t_job in this database: check --database/],
    [
      'lacks a column',
      'alter table t_job drop column meta',
      /it lacks meta \(jsonb\).*Nothing was changed\.$/,
    ],
    [
      'has a column of another type',
      'alter table t_job alter created_at type timestamp',
      /created_at is timestamp without time zone, timestamp with time zone is needed/,
    ],
    [
      'is too narrow',
      'alter table t_job alter worker type varchar(50)',
      /worker holds 50 characters, 200 are needed/,
    ],
    [
      'asks for more',
      'alter table t_job add owner text not null',
      /owner is not of the contract and must have a database default/,
    ],
    [
      'lets tasks have several rows',
      'alter table t_job drop constraint t_job_task_id_key',
      /no unique index on task_id alone/,
    ],
    [
      'is a view',
      'alter table t_job rename to t_base; create view t_job as select * from t_base',
      /public\.t_job is a view/,
    ],
    [
      'may not be written',
      'revoke insert, update on t_job from crisper_role',
      /needs insert, update for this role: grant insert, update on/,
    ],
  ]

  test.each(refusals)('%s', async (what, change, message) => {
    const { pool } = application
    await pool.query(dropped)
    if (what !== 'is not there') {
      await createCoreJob(pool, { name: 't_job' })
      await pool.query('grant select, insert, update on t_job to crisper_role')
    }
    await pool.query(change)
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        ...['dist/cli/main.js', 'serve', '--port', '0', '--broker', 'redis://127.0.0.1:1'],
        ...['--database', application.crisperUrl, '--jobs-table', 't_job'],
      ],
      { encoding: 'utf8', timeout: 20_000 },
    )
    const lines = stderr.trim().split('\n')
    expect(lines).toHaveLength(1)
    expect(lines[0]?.replace(/^crisper: /, '')).toMatch(message)
    expect(status).toBe(2)
    const { rows } = await pool.query("select 1 from pg_namespace where nspname = 'crisper'")
    expect(rows).toEqual([])
  })

  test('a name that is none', async () => {
    await expect(inspect('core.job.x.y.z')).rejects.toThrow('is no name of a table')
  })
})
