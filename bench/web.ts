import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { z } from 'zod'
import { startRedis } from '../scripts/services/redis.mjs'
import { connect } from '../src/db/connect.js'
import { TestBrowser } from '../test/harness/browser.js'
import { TestCrisper } from '../test/harness/crisper.js'
import { now, received, started, succeeded } from '../test/harness/made-events.js'
import { startPostgres } from '../test/harness/postgres.js'
import { openRawEvents, type RawEvents } from '../test/harness/raw-events.js'
import { TestFolder } from '../test/harness/test-folder.js'

/**
 * The list of tasks in Chromium, with a million jobs in the database and a thousand events a second coming in: until the
 * first rows are there, the longest task of the page's thread while it is scrolled, and its memory over some minutes.
 * `npm run bench:web -- 100000 2` takes fewer jobs and minutes than 1,000,000 and 10.
 */
const jobs = Number(process.argv[2] ?? 1_000_000)
const minutes = Number(process.argv[3] ?? 10)
const eventsPerTask = 3
const tasksPerTick = 33
const tickMs = 100
const scrolls = 150
const pixels = 600

const longTasks = z.array(z.number())

const folder = new TestFolder()
const redis = await startRedis({ dir: folder.path('redis') })
const postgres = await startPostgres({ dir: folder.path('postgres') })
const crisper = await TestCrisper.start(['--broker', redis.url, '--database', postgres.url])
const browser = await TestBrowser.start()
const raw = await openRawEvents('redis', redis.url)
try {
  await fill()
  const stopEvents = publishEvents(raw)
  await pause(3000)
  console.log(`${jobs} jobs, ${(tasksPerTick * eventsPerTask * 1000) / tickMs} events a second`)
  for (let run = 1; run <= 5; run += 1)
    console.log(`first rows, run ${run}: ${(await firstRows()).toFixed(0)} ms`)
  await watchPage()
  stopEvents()
} finally {
  await raw.close()
  await browser.close()
  await crisper.end()
  await postgres.stop()
  await redis.stop()
  folder.remove()
}

/** Made jobs, one a second into the past. */
async function fill(): Promise<void> {
  const { pool, close } = connect({ url: postgres.url }, () => undefined)
  await pool.query(
    `insert into job (task_id, task_name, kind, queue, worker, state, created_at, started_at, finished_at, retries,
                      max_retries, meta)
     select 'made-' || n, 'etl.step_' || n % 40, 'etl', 'celery', 'w' || n % 8 || '@host',
            (array['SUCCESS', 'SUCCESS', 'SUCCESS', 'FAILURE'])[1 + n % 4], at, at, at + interval '2 s', 0, 3,
            jsonb_build_object('company_id', n % 200, 'task_type', 'etl')
       from generate_series(1, $1::int) n, lateral (select now() - n * interval '1 s' as at) t`,
    [jobs],
  )
  await pool.query('analyze job')
  await close()
}

function publishEvents(to: RawEvents): () => void {
  let n = 0
  const timer = setInterval(() => {
    const at = now()
    const first = n
    n += tasksPerTick
    const ids = Array.from({ length: tasksPerTick }, (_, index) => `live-${first + index}`)
    void to.publish(ids.flatMap((id) => [received(id, at), started(id, at + 0.01), succeeded(id, at + 0.5)]))
  }, tickMs)
  return () => clearInterval(timer)
}

/** Milliseconds from the beginning of the navigation until a row is in the page, in a browser that was never here. */
async function firstRows(): Promise<number> {
  const page = await browser.openPage(crisper, '/tasks', { theme: 'light', width: 1280 })
  await page.locator('[role=row] a').first().waitFor()
  const took = await page.evaluate<number>('performance.now()')
  await page.context().close()
  return took
}

async function watchPage(): Promise<void> {
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
  console.log(
    `while scrolling: ${found.length} tasks above 50 ms, the longest ${Math.max(0, ...found).toFixed(0)} ms`,
  )
  for (let minute = 0; minute <= minutes; minute += 1) {
    console.log(`memory after ${minute} min: ${(await heapOf(page)).toFixed(1)} MB`)
    if (minute < minutes) await pause(60_000)
  }
  await page.context().close()
}

/** Megabytes of the page's heap, after a collection. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize / 1024 / 1024
}
