import { performance } from 'node:perf_hooks'
import { startRedis } from '../scripts/services/redis.mjs'
import { connect } from '../src/db/connect.js'
import { newTokenAnswer } from '../src/http/access-answers.js'
import { TestCrisper } from '../test/harness/crisper.js'
import { startPostgres } from '../test/harness/postgres.js'
import { TestFolder } from '../test/harness/test-folder.js'

/**
 * What it costs a list to be asked by somebody: two Crispers on tables of the same rows, one that nobody has to sign in to
 * and one with tokens, asked in turn. `npm run bench:access -- 100000` takes fewer rows.
 */
const rows = Number(process.argv[2] ?? 1_000_000)
const rounds = 300
const path = '/api/tasks/?limit=100&count=none'

const folder = new TestFolder()
const redis = await startRedis({ dir: folder.path('redis') })
const [open, closed] = [await start('open'), await start('closed')]
try {
  const all = await makeToken('all', { role: 'admin' })
  const company = await makeToken('company', { role: 'operator', scope: { companies: ['4'] } }, all)
  const askers = {
    'nobody has to sign in': () => ask(open.crisper, path),
    'a token that sees everything': () => ask(closed.crisper, path, all),
    'nobody has to sign in, ?company_id=4': () => ask(open.crisper, `${path}&company_id=4`),
    'a token of company 4': () => ask(closed.crisper, path, company),
  }
  const times = new Map(Object.keys(askers).map((name) => [name, [] as number[]]))
  for (let round = -20; round < rounds; round += 1) {
    for (const [name, asked] of Object.entries(askers)) {
      const ms = await asked()
      if (round >= 0) times.get(name)?.push(ms)
    }
  }
  console.log(
    `${rows} rows, ${rounds} rounds\n\n| asked by | median ms | ratio |\n|----------|----------:|------:|`,
  )
  let before = 0
  for (const [index, [name, list]] of [...times].entries()) {
    const median = list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
    if (index % 2 === 0) before = median
    console.log(`| ${name} | ${median.toFixed(2)} | ${(median / before).toFixed(3)} |`)
  }
} finally {
  for (const { crisper, postgres } of [open, closed]) {
    await crisper.end()
    await postgres.stop()
  }
  await redis.stop()
  folder.remove()
}

async function start(name: string) {
  const postgres = await startPostgres({ dir: folder.path(name) })
  const crisper = await TestCrisper.start(['--broker', redis.url, '--database', postgres.url])
  const { pool, close } = connect({ url: postgres.url }, () => {})
  await pool.query(
    `insert into job (task_id, task_name, kind, tenant_id, state, created_at, started_at, finished_at, retries, max_retries,
                      meta)
     select 'made-' || n, 'etl.step_' || n % 40, 'etl', n % 50, 'SUCCESS', now() - n * interval '1 s',
            now() - n * interval '1 s', now() - n * interval '1 s', 0, 3,
            jsonb_build_object('company_id', n % 50, 'task_type', 'etl')
       from generate_series(1, $1::int) n`,
    [rows],
  )
  await pool.query('vacuum analyze job')
  await close()
  return { crisper, postgres }
}

async function makeToken(name: string, order: object, maker?: string): Promise<string> {
  const headers = maker === undefined ? {} : { authorization: `Bearer ${maker}` }
  const { body } = await closed.crisper.post('/api/tokens/', { name, ...order }, headers)
  return newTokenAnswer.parse(body).token
}

async function ask({ url }: TestCrisper, asked: string, token?: string): Promise<number> {
  const begun = performance.now()
  const response = await fetch(`${url}${asked}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })
  const { tasks } = (await response.json()) as { tasks: unknown[] }
  if (tasks.length !== 100) throw new Error(`${tasks.length} tasks`)
  return performance.now() - begun
}
