import { TestFolder } from '../test/harness/test-folder.js'
import { ask, faster, inCell, type Timing, timingOf } from './harness/asking.js'
import { startPatientBroker } from './harness/brokers.js'
import { startCrisper } from './harness/crisper.js'
import { type EventFile, eventFile } from './harness/event-file.js'
import { startFlower } from './harness/flower.js'
import type { Peer } from './harness/peers.js'
import { question } from './harness/question.js'
import { connectBeside, storedTasks } from './harness/stored.js'
import { takeIn } from './harness/take-in.js'

/** All that is known of one task, for tasks from anywhere in the history. */
export const detail = question({
  name: 'detail',
  about: 'one task with all that is known of it',
  full: { rows: [10_000, 1_000_000], flowerRows: [10_000, 100_000], requests: 500 },
  quick: { rows: [10_000], flowerRows: [5000], requests: 50 },
  async ask({ rows, flowerRows, requests }, { flowers }) {
    const found: [string, number, Timing][] = []
    for (const count of rows) found.push(['Crisper', count, await askCrisper(count, requests)])
    for (const peer of flowers) {
      for (const count of flowerRows) found.push([peer.name, count, await askFlower(peer, count, requests)])
    }
    const title = 'One task: median / p95 / worst in ms'
    const lines = found.map(([name, count, timing]) => [name, count.toLocaleString('en'), inCell(timing)])
    const peers = found.slice(rows.length).map(([name, , timing]) => [name, timing] as const)
    const remarks = found.slice(0, 1).flatMap(([, , ours]) => faster('One task', ours, peers))
    return { tables: [{ title, head: ['', 'tasks', 'ms'], rows: lines, data: found }], remarks }
  },
})

async function askCrisper(rows: number, requests: number): Promise<Timing> {
  const dataDir = await storedTasks(rows)
  const folder = new TestFolder()
  const broker = await startPatientBroker('redis', folder.path('broker'))
  const crisper = await startCrisper({ kind: 'redis', brokerUrl: broker.url, folder: dataDir })
  const database = await connectBeside(dataDir)
  try {
    // Ids are hashes: the first ones in their order are from anywhere in time.
    const { rows: some } = await database.pool.query<{ task_id: string }>(
      'select task_id from job order by task_id limit $1',
      [requests],
    )
    return await timesOf(some.map(({ task_id }) => `${crisper.url}/api/tasks/${task_id}/`))
  } finally {
    await database.close()
    await crisper.end()
    await broker.stop()
    folder.remove()
  }
}

async function askFlower(peer: Peer, rows: number, requests: number): Promise<Timing> {
  const folder = new TestFolder()
  const broker = await startPatientBroker('redis', folder.path('broker'))
  const ground = { kind: 'redis', brokerUrl: broker.url, folder: folder.path('flower') } as const
  const started = await startFlower(peer, ground)
  try {
    const file: EventFile = eventFile({ tasks: rows, underWay: 100, progressShare: 0, seed: 2 })
    await takeIn(started, ground, file)
    return await timesOf(
      Array.from({ length: requests }, () => `${started.url}/api/task/info/${file.lastTaskId}`),
    )
  } finally {
    await started.end()
    await broker.stop()
    folder.remove()
  }
}

async function timesOf(urls: readonly string[]): Promise<Timing> {
  for (const url of urls.slice(0, 20)) await ask(url)
  const took: number[] = []
  for (const url of urls) took.push(await ask(url))
  return timingOf(took)
}
