import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { TestCrisper } from '../test/harness/crisper.js'
import { TestFolder } from '../test/harness/test-folder.js'
import { askInTurn, inCell } from './harness/asking.js'
import { startPatientBroker } from './harness/brokers.js'
import { startCrisper } from './harness/crisper.js'
import { question } from './harness/question.js'
import { say } from './harness/report.js'
import { connectBeside, storedTasks } from './harness/stored.js'

/** Statistics of windows of time, and whether those of a day are what a count of the rows gives. */
export const statistics = question({
  name: 'statistics',
  about: 'statistics of an hour, a day and 30 days, compared with a recount',
  full: { rows: [10_000, 1_000_000], requests: 50 },
  quick: { rows: [10_000], requests: 5 },
  async ask({ rows, requests }) {
    const lines: string[][] = []
    const data: object[] = []
    for (const count of rows) {
      const dataDir = await storedTasks(count)
      const folder = new TestFolder()
      const broker = await startPatientBroker('redis', folder.path('broker'))
      const crisper = await startCrisper({ kind: 'redis', brokerUrl: broker.url, folder: dataDir })
      const database = await connectBeside(dataDir)
      try {
        say(`${count.toLocaleString('en')} tasks`)
        const base = `${crisper.url}/api/tasks/statistics/`
        const urls = {
          '1 hour': `${base}?hours_ago=1`,
          '24 hours': `${base}?hours_ago=24`,
          '24 hours of a company': `${base}?hours_ago=24&company_id=4`,
          '30 days': `${base}?hours_ago=720`,
        }
        const took = await askInTurn(urls, (round) => round < requests)
        const verdict = await compare(crisper, database.pool)
        lines.push([count.toLocaleString('en'), ...[...took.values()].map(inCell), verdict])
        data.push({ rows: count, took: Object.fromEntries(took), verdict })
      } finally {
        await database.close()
        await crisper.end()
        await broker.stop()
        folder.remove()
      }
    }
    const head = ['tasks', '1 hour', '24 hours', '24 hours of a company', '30 days', '24 hours are']
    const title = 'Statistics: median / p95 / worst in ms'
    return {
      tables: [{ title, head, rows: lines, data }],
      remarks: ['Flower has no statistics of a window of time.'],
    }
  },
})

const day = "now() - interval '24 hours'"

/** The window moves while it is asked for: each count lies between those of before and after. */
async function compare(crisper: TestCrisper, pool: pg.Pool): Promise<string> {
  const before = await recount(pool)
  // What is kept for a moment may be as old as that.
  await pause(1000)
  const { by_state: told } = await crisper.statistics('hours_ago=24')
  const after = await recount(pool)
  const states = new Set([...before.keys(), ...Object.keys(told)])
  const differing = [...states].filter((state) => {
    const [most, least, found] = [before.get(state) ?? 0, after.get(state) ?? 0, told[state] ?? 0]
    return found < least || found > most
  })
  if (differing.length === 0) return 'as recounted'
  return `NOT as recounted: ${differing.map((state) => `${state} ${told[state]} for ${before.get(state)} to ${after.get(state)}`).join(', ')}`
}

async function recount(pool: pg.Pool): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ state: string; n: string }>(
    `select state, count(*) as n from job where created_at >= ${day} group by state`,
  )
  return new Map(rows.map(({ state, n }) => [state, Number(n)]))
}
