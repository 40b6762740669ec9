import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { TestCrisper } from '../test/harness/crisper.js'
import { TestFolder } from '../test/harness/test-folder.js'
import { inCell, timingOf } from './harness/asking.js'
import { startPatientBroker } from './harness/brokers.js'
import { usedSince } from './harness/contender.js'
import { pidOf, startCrisper } from './harness/crisper.js'
import { shown } from './harness/numbers.js'
import { usageOf } from './harness/processes.js'
import { question } from './harness/question.js'
import { say } from './harness/report.js'
import { storedTasks } from './harness/stored.js'
import { type Stream, whileEventsCome } from './harness/while-events-come.js'

const heard = z.object({
  latencies: z.array(z.number()),
  frames: z.number(),
  unlisted: z.number(),
  readers: z.number(),
})

/** From a worker's event to a client that reads the live stream of all tasks. */
export const live = question({
  name: 'live',
  about: 'from an event to the browsers that watch, for 1 to 500 of them',
  full: { clients: [1, 10, 100, 500], rows: [1_000_000], rate: 1000, seconds: 30 },
  quick: { clients: [1, 20], rows: [10_000], rate: 500, seconds: 4 },
  async ask({ clients, rows, rate, seconds }) {
    const dataDir = await storedTasks(rows[0] ?? 0)
    const folder = new TestFolder()
    const broker = await startPatientBroker('redis', folder.path('broker'))
    const ground = { kind: 'redis', brokerUrl: broker.url, folder: dataDir } as const
    const crisper = await startCrisper(ground)
    const lines: string[][] = []
    const data: object[] = []
    try {
      for (const count of clients) {
        const found = await listen(crisper, ground, count, { rate, seconds })
        say(`${count} clients: ${inCell(found.timing)} ms`)
        lines.push([
          String(count),
          inCell(found.timing),
          found.timing.requests.toLocaleString('en'),
          `${found.unlisted} of ${found.frames}`,
          shown(found.cpuShare * 100),
          shown(found.latestMs),
        ])
        data.push(found)
      }
    } finally {
      await crisper.end()
      await broker.stop()
      folder.remove()
    }
    const title = `From the end of a task to a client, at ${rate.toLocaleString('en')} events/s: median / p95 / worst in ms`
    const head = [
      'clients',
      'ms',
      'ends read',
      'frames without all tasks',
      'CPU % of a core',
      'publisher late by ms',
    ]
    const remarks = ['Flower has no stream: its pages ask again every few seconds.']
    return { tables: [{ title, head, rows: lines, data }], remarks }
  },
})

async function listen(
  crisper: TestCrisper,
  ground: Parameters<typeof whileEventsCome>[0],
  count: number,
  stream: Stream,
) {
  const url = `${crisper.url}/api/live/tasks/`
  const child = fork(
    fileURLToPath(new URL('harness/live-clients.ts', import.meta.url)),
    [url, String(count)],
    {
      execArgv: ['--import', 'tsx'],
    },
  )
  try {
    await once(child, 'message')
    const { found: cpuShare, latestMs } = await whileEventsCome(ground, stream, (isOver) =>
      cpuShareOf(crisper, isOver),
    )
    // The last frames are on their way.
    await pause(2000)
    const answered = once(child, 'message')
    child.send('what was heard')
    const [told]: unknown[] = await answered
    const { latencies, frames, unlisted, readers } = heard.parse(told)
    return { clients: count, readers, timing: timingOf(latencies), frames, unlisted, cpuShare, latestMs }
  } finally {
    const ended = once(child, 'exit')
    child.disconnect()
    await ended
  }
}

/** Of one core, until no more events come. */
async function cpuShareOf(crisper: TestCrisper, isOver: () => boolean): Promise<number> {
  const before = usageOf(pidOf(crisper))
  const begun = performance.now()
  while (!isOver()) await pause(100)
  const { ownCpu, othersCpu } = usedSince(before, pidOf(crisper))
  return ((ownCpu + othersCpu) * 1000) / (performance.now() - begun)
}
