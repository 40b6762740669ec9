import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { startRedis } from '../scripts/services/redis.mjs'
import { TestCrisper } from '../test/harness/crisper.js'
import { eventually } from '../test/harness/eventually.js'
import { TestFolder } from '../test/harness/test-folder.js'

/**
 * Sends a million events through the built Crisper (Redis, embedded PostgreSQL) and watches its memory. Prints a row
 * every hundred thousand events; `npm run bench:memory -- 200000` sends fewer.
 */
const total = Number(process.argv[2] ?? 1_000_000)
const rowEvery = 100_000
const eventsPerTask = 4
const tasksAtOnce = 600
/** So many events may be under way at a time: the stream is to be as fast as Crisper, not faster. */
const mostUnderWay = 10_000

const ingested = z.object({
  events: z.record(z.string(), z.number()),
  dropped: z.number(),
  lag_ms: z.number(),
})

const folder = new TestFolder()
const redis = await startRedis({ dir: folder.path('redis') })
const crisper = await TestCrisper.start(['--broker', redis.url, '--data-dir', folder.path('data')])
const publisher = fork(fileURLToPath(new URL('celery-events.ts', import.meta.url)), [redis.url], {
  execArgv: ['--import', 'tsx'],
})
try {
  await measure()
} finally {
  publisher.disconnect()
  await crisper.end()
  await redis.stop()
  folder.remove()
}

async function measure(): Promise<void> {
  console.log('|    events | resident MB | events/s | CPU seconds | lag ms |')
  console.log('|----------:|------------:|---------:|------------:|-------:|')
  const resident: number[] = []
  let sent = 0
  let last = { at: performance.now(), events: 0 }
  for (let goal = rowEvery; goal <= total; goal += rowEvery) {
    let now = await progress()
    while (now.events < goal) {
      if (sent < total && sent - now.events < mostUnderWay) {
        const tasks = Math.min(tasksAtOnce, (total - sent) / eventsPerTask)
        await publish(tasks)
        sent += tasks * eventsPerTask
      } else {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      now = await progress()
    }
    const at = performance.now()
    const rate = ((now.events - last.events) / (at - last.at)) * 1000
    last = { at, events: now.events }
    const { megabytes, cpuSeconds } = usage()
    resident.push(megabytes)
    console.log(
      `| ${cell(now.events, 9)} | ${cell(megabytes, 11)} | ${cell(rate, 8)} | ${cell(cpuSeconds, 11)} | ${cell(now.lag, 6)} |`,
    )
    if (now.dropped > 0) throw new Error(`${now.dropped} messages were dropped`)
  }
  await eventually(
    'every task to be in the database',
    () => crisper.statistics(),
    ({ completed }) => completed === total / eventsPerTask,
  )
  // The first rows are the warm-up: caches fill and V8 settles on a heap size.
  const warm = resident[Math.min(2, resident.length - 1)] ?? 0
  const final = resident.at(-1) ?? 0
  console.log(`\nResident memory at the end is ${(final / warm).toFixed(2)} times that after the warm-up.`)
}

async function publish(tasks: number): Promise<void> {
  const published = once(publisher, 'message')
  publisher.send(tasks)
  await published
}

async function progress() {
  const { events, dropped, lag_ms } = ingested.parse((await crisper.get('/api/ingest/')).body)
  return { events: Object.values(events).reduce((sum, count) => sum + count, 0), dropped, lag: lag_ms }
}

/** Of the Crisper process alone, without its PostgreSQL. */
function usage(): { megabytes: number; cpuSeconds: number } {
  const text = execFileSync('ps', ['-o', 'rss=,time=', '-p', String(crisper.child.pid)], { encoding: 'utf8' })
  const [rss = '', time = ''] = text.trim().split(/\s+/)
  const cpuSeconds = time.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0)
  return { megabytes: Number(rss) / 1024, cpuSeconds }
}

function cell(value: number, width: number): string {
  return Math.round(value).toLocaleString('en').padStart(width)
}
