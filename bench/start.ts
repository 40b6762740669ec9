import { TestFolder } from '../test/harness/test-folder.js'
import { ask, faster, inCell, timingOf } from './harness/asking.js'
import { startPatientBroker } from './harness/brokers.js'
import { startCrisper } from './harness/crisper.js'
import { eventFile } from './harness/event-file.js'
import { startFlower } from './harness/flower.js'
import type { Peer } from './harness/peers.js'
import { question } from './harness/question.js'
import { storedTasks } from './harness/stored.js'
import { takeIn } from './harness/take-in.js'

/** From the command to the first page of the list, with PostgreSQL stopped before as well. */
export const start = question({
  name: 'start',
  about: 'from the command to readiness and the first page, with so many tasks stored',
  full: { runs: 5, rows: [10_000, 1_000_000], flowerRows: [100_000] },
  quick: { runs: 2, rows: [10_000], flowerRows: [5000] },
  async ask({ runs, rows, flowerRows }, { flowers }) {
    const found: [string, number, number[]][] = []
    for (const count of rows) found.push(['Crisper', count, await startsOfCrisper(count, runs)])
    for (const peer of flowers) {
      for (const count of flowerRows) {
        found.push([`${peer.name} --persistent`, count, await startsOfFlower(peer, count, runs)])
      }
    }
    const lines = found.map(([name, count, took]) => [
      name,
      count.toLocaleString('en'),
      took.map((ms) => ms.toFixed(0)).join(' '),
      inCell(timingOf(took)),
    ])
    const peers = found.slice(rows.length).map(([name, , took]) => [name, timingOf(took)] as const)
    const head = ['', 'tasks', 'ms, each run', 'median / p95 / worst']
    return {
      tables: [{ title: 'From the command to the first page', head, rows: lines, data: found }],
      remarks: found.slice(0, 1).flatMap(([, , ours]) => faster('To the first page', timingOf(ours), peers)),
    }
  },
})

async function startsOfCrisper(rows: number, runs: number): Promise<number[]> {
  const dataDir = await storedTasks(rows)
  const folder = new TestFolder()
  const broker = await startPatientBroker('redis', folder.path('broker'))
  try {
    const took: number[] = []
    for (let run = 0; run < runs; run += 1) {
      const begun = performance.now()
      const crisper = await startCrisper({ kind: 'redis', brokerUrl: broker.url, folder: dataDir })
      await ask(`${crisper.url}/api/tasks/?limit=100&count=none`)
      took.push(performance.now() - begun)
      await crisper.end()
    }
    return took
  } finally {
    await broker.stop()
    folder.remove()
  }
}

async function startsOfFlower(peer: Peer, rows: number, runs: number): Promise<number[]> {
  const folder = new TestFolder()
  const broker = await startPatientBroker('redis', folder.path('broker'))
  const ground = { kind: 'redis', brokerUrl: broker.url, folder: folder.path('flower') } as const
  const options = { persistent: true, maxTasks: Math.max(rows, 100_000) }
  try {
    const first = await startFlower(peer, ground, options)
    await takeIn(first, ground, eventFile({ tasks: rows, underWay: 100, progressShare: 0, seed: 2 }))
    await first.end()
    const took: number[] = []
    for (let run = 0; run < runs; run += 1) {
      const begun = performance.now()
      const started = await startFlower(peer, ground, options)
      await ask(`${started.url}/api/tasks?limit=100`)
      took.push(performance.now() - begun)
      await started.end()
    }
    return took
  } finally {
    await broker.stop()
    folder.remove()
  }
}
