import { readFileSync } from 'node:fs'
import { startRedis } from '../scripts/services/redis.mjs'
import { connect } from '../src/db/connect.js'
import { ApplicationDatabase } from '../test/harness/application-database.js'
import { TestCrisper } from '../test/harness/crisper.js'
import { eventually } from '../test/harness/eventually.js'
import { startPostgres } from '../test/harness/postgres.js'
import { TestFolder } from '../test/harness/test-folder.js'
import { ask, inCell, type Timing, timingOf } from './harness/asking.js'
import { fill } from './harness/fill.js'
import { shown, times } from './harness/numbers.js'
import { question } from './harness/question.js'
import { say } from './harness/report.js'

const questions = [
  '/api/tasks/?limit=100&count=none',
  '/api/tasks/?limit=100&count=none&state=FAILURE',
  '/api/tasks/?limit=100&count=none&hours_ago=24',
  '/api/tasks/?limit=100&count=none&tenant_id=tenant-4',
  '/api/tasks/?limit=100&count=none&state=STARTED,RETRY',
  '/api/tasks/?limit=100&count=none&company_id=4&hours_ago=24',
  '/api/tasks/?limit=100&count=none&task_type=etl&state=FAILURE&company_id=4',
  '/api/tasks/?limit=100&count=none&search=match_4',
  '/api/tasks/statistics/?hours_ago=24',
  '/api/tasks/statistics/?hours_ago=1',
  '/api/tasks/statistics/?company_id=4',
  '/api/tasks/counts/',
  '/api/tasks/overview/?hours_ago=24',
  '/api/tasks/?limit=100',
  '/jobs/?kind=etl',
]

/**
 * The same tasks in Crisper's own table and in an application's `core_job`, which has only the three indexes of its own: the
 * same questions in turn, and how PostgreSQL read the application's table for each (from auto_explain).
 */
export const attached = question({
  name: 'attached',
  about: "an application's table of jobs beside Crisper's own, with the same tasks in both",
  full: { rows: [1_000_000], requests: 20 },
  quick: { rows: [10_000], requests: 3 },
  async ask({ rows, requests }) {
    const tables = []
    for (const count of rows) tables.push(await compare(count, requests))
    return { tables, remarks: [] }
  },
})

async function compare(rows: number, requests: number) {
  const folder = new TestFolder()
  const redis = await startRedis({ dir: folder.path('redis') })
  const postgres = await startPostgres({ dir: folder.path('own') })
  const dir = folder.path('application')
  const application = await ApplicationDatabase.start(dir)
  try {
    say(`making ${rows.toLocaleString('en')} tasks in each table …`)
    const own = await startOn(postgres.url, redis.url, 'job', rows)
    await application.pool.query(`
      alter role crisper_role set session_preload_libraries = 'auto_explain';
      alter role crisper_role set auto_explain.log_min_duration = 0;`)
    const theirs = await startOn(application.crisperUrl, redis.url, 'core_job', rows, application.url)
    try {
      await untilCounted(application, rows)
      const found: [string, Timing, Timing, string][] = []
      for (const path of questions) {
        const log = `${dir}/postgres.log`
        const before = readFileSync(log).length
        const [ownMs, theirMs]: [number[], number[]] = [[], []]
        for (let n = 0; n < requests; n += 1) {
          ownMs.push(await ask(`${own.url}${path}`))
          theirMs.push(await ask(`${theirs.url}${path}`))
        }
        const plans = readFileSync(log).subarray(before).toString('utf8')
        found.push([path, timingOf(ownMs), timingOf(theirMs), waysIn(plans)])
      }
      const lines = found.map(([path, ours, others, ways]) => [
        `\`${path}\``,
        inCell(ours),
        inCell(others),
        times(others.p50 / ours.p50),
        ways,
      ])
      const title = `${rows.toLocaleString('en')} tasks: median / p95 / worst in ms`
      const head = ['question', 'own table', 'core_job', 'ratio', 'core_job read by']
      return { title, head, rows: lines, data: found }
    } finally {
      await own.end()
      await theirs.end()
    }
  } finally {
    await application.stop()
    await postgres.stop()
    await redis.stop()
    folder.remove()
  }
}

/** A first start makes the schema that is filled; the second is asked. `owner` may write the table. */
async function startOn(
  url: string,
  broker: string,
  table: 'job' | 'core_job',
  rows: number,
  owner = url,
): Promise<TestCrisper> {
  const flags = ['--broker', broker, '--database', url, ...(table === 'job' ? [] : ['--jobs-table', table])]
  const first = await TestCrisper.start(flags)
  await first.end()
  const database = connect({ url: owner }, () => undefined)
  await fill(database, rows, table)
  await database.close()
  return TestCrisper.start(flags)
}

/** A large table is counted once, beside everything else. */
async function untilCounted(application: ApplicationDatabase, rows: number): Promise<void> {
  if (rows <= 100_000) return
  const begun = performance.now()
  await eventually(
    'the rows to be counted',
    () => application.pool.query('select from crisper.attached_rollup_state where counted_until is not null'),
    ({ rowCount }) => rowCount === 1,
    1_800_000,
  )
  say(`counting the rows took ${shown((performance.now() - begun) / 1000)} s`)
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
