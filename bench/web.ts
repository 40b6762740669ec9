import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { z } from 'zod'
import { startRedis } from '../scripts/services/redis.mjs'
import { connect } from '../src/db/connect.js'
import { TestBrowser } from '../test/harness/browser.js'
import { TestCrisper } from '../test/harness/crisper.js'
import { startPostgres } from '../test/harness/postgres.js'
import { TestFolder } from '../test/harness/test-folder.js'
import { inCell, timingOf } from './harness/asking.js'
import { fill } from './harness/fill.js'
import { shown } from './harness/numbers.js'
import { question } from './harness/question.js'
import { whileEventsCome } from './harness/while-events-come.js'

const scrolls = 150
const pixels = 600

const longTasks = z.array(z.number())

/**
 * The list of tasks in Chromium while events come in: until the first rows are there, the longest task of the page's thread
 * while it is scrolled, and its memory over the time.
 */
export const web = question({
  name: 'web',
  about: 'the list in a browser while events come in: first rows, long tasks, memory',
  full: { rows: [1_000_000], runs: 5, seconds: 300, rate: 1000 },
  quick: { rows: [10_000], runs: 1, seconds: 20, rate: 300 },
  async ask({ rows, runs, seconds, rate }) {
    const lines: string[][] = []
    const data: object[] = []
    for (const count of rows) {
      const { first, longTasks: long, heap } = await measure(count, runs, { rate, seconds })
      lines.push([
        count.toLocaleString('en'),
        inCell(timingOf(first)),
        `${long.length}, the longest ${Math.max(0, ...long).toFixed(0)} ms`,
        `${shown(heap[0] ?? 0)} to ${shown(heap.at(-1) ?? 0)}`,
      ])
      data.push({ rows: count, first, long, heap })
    }
    const head = [
      'tasks',
      'first rows in ms',
      'tasks above 50 ms while scrolled',
      'MB of the page, first and last',
    ]
    const title = `The list in a browser, ${rate} events/s for ${seconds} s: median / p95 / worst`
    return { tables: [{ title, head, rows: lines, data }], remarks: [] }
  },
})

async function measure(
  rows: number,
  runs: number,
  stream: { readonly rate: number; readonly seconds: number },
) {
  const folder = new TestFolder()
  const redis = await startRedis({ dir: folder.path('redis') })
  const postgres = await startPostgres({ dir: folder.path('postgres') })
  const crisper = await TestCrisper.start(['--broker', redis.url, '--database', postgres.url])
  const browser = await TestBrowser.start()
  try {
    const database = connect({ url: postgres.url }, () => undefined)
    await fill(database, rows)
    await database.close()
    const { found } = await whileEventsCome(
      { kind: 'redis', brokerUrl: redis.url },
      stream,
      async (isOver) => {
        const first: number[] = []
        for (let run = 0; run < runs; run += 1) first.push(await firstRows(browser, crisper))
        return { first, ...(await watch(browser, crisper, isOver)) }
      },
    )
    return found
  } finally {
    await browser.close()
    await crisper.end()
    await postgres.stop()
    await redis.stop()
    folder.remove()
  }
}

/** Milliseconds from the beginning of the navigation until a row is in the page, in a browser that was never here. */
async function firstRows(browser: TestBrowser, crisper: TestCrisper): Promise<number> {
  const page = await browser.openPage(crisper, '/tasks', { theme: 'light', width: 1280 })
  await page.locator('[role=row] a').first().waitFor()
  const took = await page.evaluate<number>('performance.now()')
  await page.context().close()
  return took
}

/** Scrolls, then leaves the page alone until no more events come. */
async function watch(browser: TestBrowser, crisper: TestCrisper, isOver: () => boolean) {
  const page = await browser.openPage(crisper, '/tasks', { theme: 'light', width: 1280 })
  await page.locator('[role=row] a').first().waitFor()
  await page.evaluate(`
    window.longTasks = []
    new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
      .observe({ entryTypes: ['longtask'] })`)
  await page.mouse.move(700, 500)
  for (let n = 0; n < scrolls; n += 1) {
    await page.mouse.wheel(0, pixels)
    await pause(50)
  }
  const found = longTasks.parse(await page.evaluate('longTasks'))
  const heap = [await heapOf(page)]
  while (!isOver()) {
    await pause(1000)
    heap.push(await heapOf(page))
  }
  await page.context().close()
  return { longTasks: found, heap }
}

/** Megabytes of the page's heap, after a collection. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize / 1024 / 1024
}
