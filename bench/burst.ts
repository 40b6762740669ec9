import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { startRedis } from '../scripts/services/redis.mjs'
import { burstOf, eventsPerTask } from '../test/harness/burst.js'
import { TestCrisper } from '../test/harness/crisper.js'
import { TestFolder } from '../test/harness/test-folder.js'
import type { Consumer, Ground } from './harness/contender.js'
import { consumerOf } from './harness/crisper.js'
import { startFlower } from './harness/flower.js'
import { question } from './harness/question.js'
import { say } from './harness/report.js'

/** After so long without news, nothing more comes. */
const silenceMs = 15_000

const gapsAnswer = z.object({
  gaps: z.array(
    z.object({
      kind: z.string(),
      seconds: z.number(),
      lossy: z.boolean(),
      repaired: z.object({ healed: z.number(), added: z.number() }),
    }),
  ),
})

/**
 * More at once than anybody reads in time, on a Redis with its own limits: 32 MB for a subscriber, or 8 MB for a minute. Who
 * falls behind is dropped, and what comes until he is back is lost to him.
 */
export const burst = question({
  name: 'burst',
  about: 'what is kept of events that come all at once, on the default limits of Redis',
  full: { runs: 3, tasks: 100_000 },
  quick: { runs: 1, tasks: 10_000 },
  async ask({ runs, tasks }, { flowers }) {
    const events = tasks * eventsPerTask
    const lines: string[][] = []
    const data: object[] = []
    const tell = (name: string, run: number, cells: readonly string[]) => {
      say(`${name}, run ${run}: ${cells.join(', ')}`)
      lines.push([name, String(run), ...cells])
      data.push({ name, run, cells })
    }
    for (let run = 1; run <= runs; run += 1) {
      tell('Crisper', run, await ofCrisper(tasks))
      for (const peer of flowers) {
        const read = await onRedis(async (ground) => {
          const started = await startFlower(peer, ground, { maxTasks: tasks })
          return readOf(started, ground, tasks)
        })
        tell(peer.name, run, [read.toLocaleString('en'), '–', '–'])
      }
    }
    const title = `${events.toLocaleString('en')} events of ${tasks.toLocaleString('en')} tasks at once, each in a message of its own`
    const head = ['', 'run', 'events read', 'tasks that end as they did', 'gaps']
    return { tables: [{ title, head, rows: lines, data }], remarks: [] }
  },
})

async function onRedis<T>(work: (ground: Ground) => Promise<T>): Promise<T> {
  const folder = new TestFolder()
  const redis = await startRedis({ dir: folder.path('redis') })
  try {
    return await work({ kind: 'redis', brokerUrl: redis.url, folder: folder.path('contender') })
  } finally {
    await redis.stop()
    folder.remove()
  }
}

/** Redis keeps results in another of its databases. */
const backendOf = ({ brokerUrl }: Ground) => brokerUrl.replace(/\d+$/, '1')

async function readOf(consumer: Consumer, ground: Ground, tasks: number): Promise<number> {
  try {
    await burstOf({ brokerUrl: ground.brokerUrl, backendUrl: backendOf(ground) }, tasks).publish()
    return await untilSilent(() => consumer.eventsRead())
  } finally {
    await consumer.end()
  }
}

function ofCrisper(tasks: number): Promise<string[]> {
  return onRedis(async (ground) => {
    const flags = ['--broker', ground.brokerUrl, '--result-backend', backendOf(ground)]
    const crisper = await TestCrisper.start([...flags, '--data-dir', join(ground.folder, 'data')])
    const consumer = consumerOf(crisper)
    try {
      await burstOf({ brokerUrl: ground.brokerUrl, backendUrl: backendOf(ground) }, tasks).publish()
      const read = await untilSilent(() => consumer.eventsRead())
      const ended = await untilSilent(async () => (await crisper.list('limit=1&state=SUCCESS')).total ?? 0)
      return [read.toLocaleString('en'), ended.toLocaleString('en'), await gapsOf(crisper)]
    } finally {
      await consumer.end()
    }
  })
}

async function gapsOf(crisper: TestCrisper): Promise<string> {
  const { gaps } = gapsAnswer.parse((await crisper.get('/api/gaps/')).body)
  const lossy = gaps.filter((gap) => gap.lossy)
  if (lossy.length === 0) return 'none'
  return lossy
    .map(
      ({ kind, seconds, repaired }) =>
        `${kind}, ${seconds.toFixed(1)} s: ${repaired.healed} healed, ${repaired.added} added`,
    )
    .join('; ')
}

/** What is counted, once it has not changed for a while. */
async function untilSilent(count: () => Promise<number>): Promise<number> {
  let last = await count()
  let changedAt = performance.now()
  while (performance.now() - changedAt < silenceMs) {
    await pause(500)
    const now = await count()
    if (now !== last) changedAt = performance.now()
    last = now
  }
  return last
}
