import { TestFolder } from '../test/harness/test-folder.js'
import { askInTurn } from './harness/asking.js'
import { startPatientBroker } from './harness/brokers.js'
import { pidOf, startCrisper } from './harness/crisper.js'
import { eventFile } from './harness/event-file.js'
import { startFlower } from './harness/flower.js'
import { shown, times } from './harness/numbers.js'
import type { Peer } from './harness/peers.js'
import { usageOf } from './harness/processes.js'
import { question } from './harness/question.js'
import { say } from './harness/report.js'
import { storedTasks } from './harness/stored.js'
import { takeIn } from './harness/take-in.js'
import { whileEventsCome } from './harness/while-events-come.js'

interface Resident {
  readonly who: string
  readonly tasks: number
  /** Megabytes of the process, and of the PostgreSQL that it started. */
  readonly own: number
  readonly others: number
}

/** Tasks of a play; more are played one after the other. */
const playedAtOnce = 100_000

/** What stays in memory with so many tasks, after some seconds of events and questions. */
export const memory = question({
  name: 'memory',
  about: 'resident memory with so many tasks stored, after events and requests',
  full: {
    rows: [0, 100_000, 1_000_000],
    flowerRows: [0, 100_000],
    requests: 200,
    seconds: 30,
    rate: 1000,
  },
  quick: { rows: [0, 10_000], flowerRows: [0, 5000], requests: 10, seconds: 3, rate: 1000 },
  async ask({ rows, flowerRows, requests, seconds, rate }, { flowers }) {
    const found: Resident[] = []
    for (const tasks of rows) found.push(await ofCrisper(tasks, requests, { seconds, rate }))
    const ours = found.at(-1)
    const least = found.find(({ tasks }) => tasks > 0)
    for (const peer of flowers) {
      for (const tasks of flowerRows) found.push(await ofFlower(peer, tasks))
    }
    const lines = found.map(({ who, tasks, own, others }) => [
      who,
      tasks.toLocaleString('en'),
      shown(own),
      others === 0 ? '–' : shown(others),
    ])
    const remarks =
      ours === undefined || least === undefined || ours === least
        ? []
        : [
            `Crisper itself with ${ours.tasks.toLocaleString('en')} tasks: ${times(ours.own / least.own)} that with ${least.tasks.toLocaleString('en')}.`,
          ]
    const head = ['', 'tasks', 'MB itself', 'MB of its PostgreSQL']
    return { tables: [{ title: 'Resident memory', head, rows: lines, data: found }], remarks }
  },
})

async function ofCrisper(
  tasks: number,
  requests: number,
  stream: { readonly seconds: number; readonly rate: number },
): Promise<Resident> {
  const dataDir = await storedTasks(tasks)
  const folder = new TestFolder()
  const broker = await startPatientBroker('redis', folder.path('broker'))
  const ground = { kind: 'redis', brokerUrl: broker.url, folder: dataDir } as const
  const crisper = await startCrisper(ground)
  try {
    const { url } = crisper
    const urls = {
      list: `${url}/api/tasks/?limit=100&count=none`,
      statistics: `${url}/api/tasks/statistics/`,
    }
    await whileEventsCome(ground, stream, () => askInTurn(urls, (round) => round < requests))
    const { ownMemory, othersMemory } = usageOf(pidOf(crisper))
    say(`Crisper with ${tasks.toLocaleString('en')} tasks: ${shown(ownMemory)} MB`)
    return { who: 'Crisper', tasks, own: ownMemory, others: othersMemory }
  } finally {
    await crisper.end()
    await broker.stop()
    folder.remove()
  }
}

async function ofFlower(peer: Peer, tasks: number): Promise<Resident> {
  const folder = new TestFolder()
  const broker = await startPatientBroker('redis', folder.path('broker'))
  const ground = { kind: 'redis', brokerUrl: broker.url, folder: folder.path('flower') } as const
  const isRaised = tasks > 100_000
  const started = await startFlower(peer, ground, isRaised ? { maxTasks: tasks } : {})
  try {
    for (let played = 0; played < tasks; played += playedAtOnce) {
      const some = Math.min(playedAtOnce, tasks - played)
      const file = eventFile({
        tasks: some,
        underWay: 100,
        progressShare: 0,
        seed: 10 + played / playedAtOnce,
      })
      await takeIn(started, ground, file)
    }
    const { ownMemory, othersMemory } = usageOf(started.pid)
    const who = isRaised ? `${peer.name} --max_tasks=${tasks}` : peer.name
    say(`${who} with ${tasks.toLocaleString('en')} tasks: ${shown(ownMemory)} MB`)
    return { who, tasks, own: ownMemory, others: othersMemory }
  } finally {
    await started.end()
    await broker.stop()
    folder.remove()
  }
}
