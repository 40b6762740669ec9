import type { TestCrisper } from '../test/harness/crisper.js'
import { TestFolder } from '../test/harness/test-folder.js'
import { askInTurn, faster, inCell, type Timing } from './harness/asking.js'
import { startPatientBroker } from './harness/brokers.js'
import { startCrisper } from './harness/crisper.js'
import { eventFile } from './harness/event-file.js'
import { type Flower, startFlower } from './harness/flower.js'
import { times } from './harness/numbers.js'
import type { Peer } from './harness/peers.js'
import { question } from './harness/question.js'
import { say, type Table } from './harness/report.js'
import { storedTasks } from './harness/stored.js'
import { takeIn } from './harness/take-in.js'
import { type Stream, whileEventsCome } from './harness/while-events-come.js'

const page = '/api/tasks/?limit=100'
const deepest = 50_000

interface Answers {
  readonly rows: number
  readonly idle: ReadonlyMap<string, Timing>
  readonly busy: ReadonlyMap<string, Timing>
  /** Milliseconds by which the publisher was late: what the machine could not do in time. */
  readonly latestMs: number
}

/** Pages of a list, with so many tasks stored, while nothing happens and while events come in. */
export const list = question({
  name: 'list',
  about: 'pages of the list: first, filtered, searched, deep; idle and while events come in',
  full: {
    rows: [10_000, 1_000_000],
    flowerRows: [10_000, 100_000],
    requests: 200,
    seconds: 30,
    rate: 5000,
  },
  quick: { rows: [10_000], flowerRows: [5000], requests: 20, seconds: 3, rate: 1000 },
  async ask({ rows, flowerRows, requests, seconds, rate }, { flowers }) {
    const stream = { rate, seconds }
    const ours: Answers[] = []
    for (const count of rows) ours.push(await askCrisper(count, requests, stream))
    const tables = ours.map((answers) => tableOf('Crisper', answers, rate))
    const remarks = remarksOn(ours)
    for (const peer of flowers) {
      for (const count of flowerRows) {
        const theirs = await askFlower(peer, count, requests, stream)
        tables.push(tableOf(peer.name, theirs, rate))
        remarks.push(...whereFaster(`${peer.name} with ${count.toLocaleString('en')} tasks`, theirs, ours[0]))
      }
    }
    remarks.push('Flower knows neither companies nor tenants, and has no cursor.')
    return { tables, remarks }
  },
})

async function askCrisper(rows: number, requests: number, stream: Stream): Promise<Answers> {
  const dataDir = await storedTasks(rows)
  const folder = new TestFolder()
  const broker = await startPatientBroker('redis', folder.path('broker'))
  const ground = { kind: 'redis', brokerUrl: broker.url, folder: dataDir } as const
  const crisper = await startCrisper(ground)
  try {
    say(`Crisper with ${rows.toLocaleString('en')} tasks`)
    return await askBoth(ground, rows, await pagesOf(crisper, rows), requests, stream)
  } finally {
    await crisper.end()
    await broker.stop()
    folder.remove()
  }
}

async function pagesOf(crisper: TestCrisper, rows: number) {
  const depth = Math.min(deepest, rows / 2)
  const pages = {
    'first page': '',
    'first page, uncounted': '&count=none',
    'type, state and company': '&count=none&task_type=etl&state=FAILURE&company_id=4',
    tenant: '&count=none&tenant_id=tenant-4',
    'part of a name': '&count=none&search=match_4',
    [`at ${depth.toLocaleString('en')} by offset`]: `&count=none&offset=${depth}`,
    [`at ${depth.toLocaleString('en')} by cursor`]: `&count=none&cursor=${await cursorAt(crisper, depth)}`,
  }
  return Object.fromEntries(
    Object.entries(pages).map(([name, query]) => [name, `${crisper.url}${page}${query}`]),
  )
}

async function cursorAt(crisper: TestCrisper, depth: number): Promise<string> {
  const { next_cursor: cursor } = await crisper.list(`limit=1&count=none&offset=${depth - 1}`)
  return cursor ?? ''
}

/** After its events were played to it. A deep page is one of those that it keeps. */
async function askFlower(peer: Peer, rows: number, requests: number, stream: Stream): Promise<Answers> {
  const folder = new TestFolder()
  const broker = await startPatientBroker('redis', folder.path('broker'))
  const ground = { kind: 'redis', brokerUrl: broker.url, folder: folder.path('flower') } as const
  const started = await startFlower(peer, ground, { maxTasks: Math.max(rows, 100_000) })
  try {
    say(`${peer.name} with ${rows.toLocaleString('en')} tasks`)
    await takeIn(started, ground, eventFile({ tasks: rows, underWay: 100, progressShare: 0, seed: 2 }))
    return await askBoth(ground, rows, pagesOfFlower(started, rows), requests, stream)
  } finally {
    await started.end()
    await broker.stop()
    folder.remove()
  }
}

function pagesOfFlower({ url }: Flower, rows: number) {
  const depth = Math.min(deepest, rows / 2)
  return {
    'first page': `${url}/api/tasks?limit=100&sort_by=-received`,
    'name and state': `${url}/api/tasks?limit=100&sort_by=-received&state=FAILURE&taskname=etl.step_4`,
    'part of a name': `${url}/api/tasks?limit=100&sort_by=-received&search=match_4`,
    [`at ${depth.toLocaleString('en')} by offset`]: `${url}/api/tasks?limit=100&sort_by=-received&offset=${depth}`,
  }
}

async function askBoth(
  ground: Parameters<typeof whileEventsCome>[0],
  rows: number,
  urls: Readonly<Record<string, string>>,
  requests: number,
  stream: Stream,
): Promise<Answers> {
  // The first ones of a process and of a database that was just started are slower; that is what `start` asks for.
  await askInTurn(urls, (round) => round < 3)
  const idle = await askInTurn(urls, (round) => round < requests)
  const { found: busy, latestMs } = await whileEventsCome(ground, stream, (isOver) =>
    askInTurn(urls, () => !isOver()),
  )
  return { rows, idle, busy, latestMs }
}

function tableOf(who: string, { rows, idle, busy, latestMs }: Answers, rate: number): Table {
  return {
    title: `${who}, ${rows.toLocaleString('en')} tasks: median / p95 / worst in ms`,
    head: ['100 tasks', 'idle', `at ${rate.toLocaleString('en')} events/s`, 'requests'],
    rows: [...idle].map(([name, timing]) => {
      const loaded = busy.get(name)
      return [name, inCell(timing), inCell(loaded), `${timing.requests} + ${loaded?.requests ?? 0}`]
    }),
    data: { rows, idle: Object.fromEntries(idle), busy: Object.fromEntries(busy), publisherLateMs: latestMs },
  }
}

/** Pages of the same name, beside Crisper with the fewest tasks. */
function whereFaster(peer: string, theirs: Answers, ours: Answers | undefined): string[] {
  return (['idle', 'busy'] as const).flatMap((when) =>
    [...theirs[when]].flatMap(([page, timing]) => {
      const own = ours?.[when].get(page)
      return own === undefined ? [] : faster(`${page}, ${when}`, own, [[peer, timing]])
    }),
  )
}

function remarksOn(ours: readonly Answers[]): string[] {
  const [smallest, largest] = [ours[0], ours.at(-1)]
  if (smallest === undefined || largest === undefined || smallest === largest) return []
  return [...largest.idle.keys()].flatMap((name) => {
    const [few, many] = [smallest.idle.get(name), largest.idle.get(name)]
    if (few === undefined || many === undefined) return []
    return `${name}: p50 at ${largest.rows.toLocaleString('en')} is ${times(many.p50 / few.p50)} that at ${smallest.rows.toLocaleString('en')}.`
  })
}
