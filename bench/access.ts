import { startRedis } from '../scripts/services/redis.mjs'
import { connect } from '../src/db/connect.js'
import { newTokenAnswer } from '../src/http/access-answers.js'
import { TestCrisper } from '../test/harness/crisper.js'
import { startPostgres } from '../test/harness/postgres.js'
import { TestFolder } from '../test/harness/test-folder.js'
import { ask, inCell, timingOf } from './harness/asking.js'
import { fill } from './harness/fill.js'
import { times } from './harness/numbers.js'
import { question } from './harness/question.js'

const path = '/api/tasks/?limit=100&count=none'

/**
 * What it costs a list to be asked by somebody: two Crispers on tables of the same rows, one that nobody has to sign in to
 * and one with tokens, asked in turn.
 */
export const access = question({
  name: 'access',
  about: 'what signing in and scopes cost a list',
  full: { rows: [1_000_000], requests: 300 },
  quick: { rows: [10_000], requests: 20 },
  async ask({ rows, requests }) {
    const tables = []
    for (const count of rows) tables.push(await compare(count, requests))
    return { tables, remarks: [] }
  },
})

async function compare(rows: number, requests: number) {
  const folder = new TestFolder()
  const redis = await startRedis({ dir: folder.path('redis') })
  const open = await startOn(folder.path('open'), redis.url, rows)
  const closed = await startOn(folder.path('closed'), redis.url, rows)
  try {
    const all = await makeToken(closed.crisper, 'all', { role: 'admin' })
    const scope = { companies: ['4'] }
    const company = await makeToken(closed.crisper, 'company', { role: 'operator', scope }, all)
    const askers: Readonly<Record<string, () => Promise<number>>> = {
      'nobody has to sign in': () => ask(`${open.crisper.url}${path}`),
      'a token that sees everything': () => ask(`${closed.crisper.url}${path}`, bearer(all)),
      'nobody has to sign in, ?company_id=4': () => ask(`${open.crisper.url}${path}&company_id=4`),
      'a token of company 4': () => ask(`${closed.crisper.url}${path}`, bearer(company)),
    }
    const took = new Map(Object.keys(askers).map((name) => [name, [] as number[]]))
    for (let round = -20; round < requests; round += 1) {
      for (const [name, asked] of Object.entries(askers)) {
        const ms = await asked()
        if (round >= 0) took.get(name)?.push(ms)
      }
    }
    const found = [...took].map(([name, list]) => ({ name, timing: timingOf(list) }))
    const lines = found.map(({ name, timing }, index) => {
      // Each with a token is compared with the one before it, without.
      const without = found[index - (index % 2)]?.timing ?? timing
      return [name, inCell(timing), times(timing.p50 / without.p50)]
    })
    const title = `100 tasks of ${rows.toLocaleString('en')}: median / p95 / worst in ms`
    return { title, head: ['asked by', 'ms', 'ratio'], rows: lines, data: found }
  } finally {
    for (const { crisper, postgres } of [open, closed]) {
      await crisper.end()
      await postgres.stop()
    }
    await redis.stop()
    folder.remove()
  }
}

async function startOn(dir: string, broker: string, rows: number) {
  const postgres = await startPostgres({ dir })
  const crisper = await TestCrisper.start(['--broker', broker, '--database', postgres.url])
  const database = connect({ url: postgres.url }, () => undefined)
  await fill(database, rows)
  await database.close()
  return { crisper, postgres }
}

async function makeToken(crisper: TestCrisper, name: string, order: object, maker?: string): Promise<string> {
  const { body } = await crisper.post(
    '/api/tokens/',
    { name, ...order },
    maker === undefined ? {} : bearer(maker),
  )
  return newTokenAnswer.parse(body).token
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
