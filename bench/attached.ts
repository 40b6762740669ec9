import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { startRedis } from '../scripts/services/redis.mjs'
import { ApplicationDatabase } from '../test/harness/application-database.js'
import { TestCrisper } from '../test/harness/crisper.js'
import { TestFolder } from '../test/harness/test-folder.js'

/**
 * Crisper on an application's table with five million rows and only the table's own three indexes: how long it takes to
 * start, to list and to count, and how PostgreSQL read the table for each (from auto_explain).
 * `npm run bench:attached -- 500000` takes fewer rows.
 */
const rows = Number(process.argv[2] ?? 5_000_000)
const runs = 5

const questions = [
  '/api/tasks/?limit=100&count=none',
  '/api/tasks/?limit=100&count=none&state=FAILURE',
  '/api/tasks/?limit=100&count=none&hours_ago=24',
  '/api/tasks/?limit=100&count=none&tenant_id=4',
  '/api/tasks/?limit=100&count=none&state=STARTED,RETRY',
  '/api/tasks/?limit=100&count=none&company_id=4&hours_ago=24',
  '/api/tasks/statistics/',
  '/api/tasks/statistics/?hours_ago=1',
  '/api/tasks/statistics/?company_id=4',
  '/api/tasks/counts/',
  '/api/tasks/?limit=100',
  '/jobs/?kind=etl',
]

const folder = new TestFolder()
const redis = await startRedis({ dir: folder.path('redis') })
const dir = folder.path('application')
const application = await ApplicationDatabase.start(dir)
try {
  await fill()
  await application.pool.query(`
    alter role crisper_role set session_preload_libraries = 'auto_explain';
    alter role crisper_role set auto_explain.log_min_duration = 0;`)
  const begun = performance.now()
  const crisper = await TestCrisper.start([
    ...['--broker', redis.url, '--database', application.crisperUrl, '--jobs-table', 'core_job'],
  ])
  console.log(`${rows} rows; started after ${(performance.now() - begun).toFixed(0)} ms\n`)
  console.log('| question | median ms | read by |')
  console.log('|----------|----------:|---------|')
  for (const question of questions) await ask(crisper, question)
  await crisper.end()
} finally {
  await application.stop()
  await redis.stop()
  folder.remove()
}

/** One a second into the past, of 50 tenants, one in fifty failed, a few that go on. */
async function fill(): Promise<void> {
  await application.pool.query(
    `insert into core_job (id, task_id, task_name, kind, tenant_id, state, created_at, started_at, finished_at, retries,
                           max_retries, meta)
     select gen_random_uuid(), 'made-' || n, 'etl.step_' || n % 40, 'etl', n % 50,
            case when n < 100 then 'STARTED' when n % 50 = 0 then 'FAILURE' else 'SUCCESS' end,
            at, at, at + interval '2 s', 0, 3, jsonb_build_object('task_type', 'etl', 'company_id', n % 200)
       from generate_series(1, $1::int) n, lateral (select now() - n * interval '1 s' as at) t`,
    [rows],
  )
  await application.pool.query('vacuum analyze core_job')
}

async function ask(crisper: TestCrisper, question: string): Promise<void> {
  const log = `${dir}/postgres.log`
  const before = readFileSync(log, 'utf8').length
  const took: number[] = []
  for (let run = 0; run < runs; run += 1) {
    const begun = performance.now()
    const { status } = await crisper.get(question)
    if (status !== 200) throw new Error(`${question} answered ${status}`)
    took.push(performance.now() - begun)
  }
  const plans = readFileSync(log, 'utf8').slice(before)
  const median = took.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? 0
  console.log(`| \`${question}\` | ${median.toFixed(1)} | ${waysIn(plans)} |`)
}

/** Every way in which the plans read the table: "index scan core_job_state", "seq scan". */
function waysIn(plans: string): string {
  const byIndex = [...plans.matchAll(/(Index(?: Only)? Scan)(?: Backward)? using (core_job\w*)/g)]
  const byBitmap = [...plans.matchAll(/(Bitmap Index Scan) on (core_job\w*)/g)]
  const whole = [...plans.matchAll(/(Seq Scan) on core_job/g)]
  const ways = [...byIndex, ...byBitmap, ...whole].map(
    ([, way = '', index = '']) => `${way.toLowerCase()} ${index}`,
  )
  return [...new Set(ways)].join(', ')
}
