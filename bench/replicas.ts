import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { startRabbitmq } from '../scripts/services/rabbitmq.mjs'
import { TestCrisper } from '../test/harness/crisper.js'
import { eventually } from '../test/harness/eventually.js'
import { startPostgres } from '../test/harness/postgres.js'
import { TestFolder } from '../test/harness/test-folder.js'
import { pidOf } from './harness/crisper.js'
import { type EventFile, eventFile } from './harness/event-file.js'
import { median, shown, times } from './harness/numbers.js'
import { usageOf } from './harness/processes.js'
import { Publisher } from './harness/publisher.js'
import { question } from './harness/question.js'
import { say } from './harness/report.js'

interface Run {
  readonly eventsPerSecond: number
  /** Microseconds of all collectors, and of the one PostgreSQL. */
  readonly cpuPerEvent: number
  readonly databaseCpuPerEvent: number
  /** Of all that stands in the tables. */
  readonly digest: string
  readonly shares: readonly number[]
}

/** Several `crisper serve` on one database that compete for the events of one RabbitMQ, and what they make of them. */
export const replicas = question({
  name: 'replicas',
  about: 'ingest by one, two and three collectors on RabbitMQ, and whether the result is the same',
  full: { runs: 3, tasks: 75_000, collectors: [1, 2, 3] },
  quick: { runs: 1, tasks: 5000, collectors: [1, 2, 3] },
  async ask({ runs, tasks, collectors }) {
    const file = eventFile({ tasks, underWay: 1000, progressShare: 0, seed: 3 })
    const found = new Map(collectors.map((count) => [count, [] as Run[]]))
    for (let run = 1; run <= runs; run += 1) {
      for (const count of collectors) {
        const one = await takeIn(count, file)
        found.get(count)?.push(one)
        say(
          `${count} collectors, run ${run}: ${shown(one.eventsPerSecond)} events/s, read ${one.shares.join(' + ')}`,
        )
      }
    }
    const all = [...found.values()].flat()
    const first = all[0]
    const rate = (count: Run[]) => median(count.map(({ eventsPerSecond }) => eventsPerSecond))
    const lines = [...found].map(([count, list]) => [
      String(count),
      list.map(({ eventsPerSecond }) => shown(eventsPerSecond)).join(' '),
      shown(rate(list)),
      times(rate(list) / rate([...found.values()][0] ?? [])),
      shown(median(list.map(({ cpuPerEvent }) => cpuPerEvent))),
      shown(median(list.map(({ databaseCpuPerEvent }) => databaseCpuPerEvent))),
      list.every(({ digest }) => digest === first?.digest) ? 'identical' : 'DIFFERENT',
    ])
    const head = [
      'collectors',
      'events/s, each run',
      'median',
      'to one',
      'CPU µs/event',
      'and of PostgreSQL',
      'tables',
    ]
    const title = `${file.events.toLocaleString('en')} events on RabbitMQ`
    return { tables: [{ title, head, rows: lines, data: Object.fromEntries(found) }], remarks: [] }
  },
})

async function takeIn(collectors: number, file: EventFile): Promise<Run> {
  const folder = new TestFolder()
  const rabbitmq = await startRabbitmq({ dir: folder.path('rabbitmq') })
  const postgres = await startPostgres({ dir: folder.path('postgres') })
  const database = new pg.Pool({ connectionString: postgres.url, max: 1 })
  const publisher = new Publisher('amqp', rabbitmq.url)
  const started: TestCrisper[] = []
  try {
    for (let n = 0; n < collectors; n += 1) {
      started.push(await TestCrisper.start(['--broker', rabbitmq.url, '--database', postgres.url]))
    }
    await publisher.load(file)
    const roots = [...started.map(pidOf), postmasterOf(folder.path('postgres'))]
    const cpu = () => roots.map((pid) => usageOf(pid)).map(({ ownCpu, othersCpu }) => ownCpu + othersCpu)
    const before = cpu()
    const begun = performance.now()
    const playing = publisher.play()
    await untilEnded(database, file)
    const seconds = (performance.now() - begun) / 1000
    await playing
    await untilAllRead(started, file)
    const used = cpu().map((seconds, index) => seconds - (before[index] ?? 0))
    const inEvents = (seconds: number) => (seconds * 1e6) / file.events
    return {
      eventsPerSecond: file.events / seconds,
      cpuPerEvent: inEvents(used.slice(0, -1).reduce((sum, seconds) => sum + seconds, 0)),
      databaseCpuPerEvent: inEvents(used.at(-1) ?? 0),
      digest: await settledDigest(database),
      shares: await Promise.all(started.map((each) => each.eventsRead())),
    }
  } finally {
    publisher.end()
    for (const crisper of started) await crisper.end()
    await database.end()
    await postgres.stop()
    await rabbitmq.stop()
    folder.remove()
  }
}

function postmasterOf(dir: string): number {
  return Number(readFileSync(join(dir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])
}

/** Every task has ended. Several collectors take messages in turn, so none knows which was the last. */
async function untilEnded(database: pg.Pool, { tasks }: EventFile): Promise<void> {
  const deadline = performance.now() + 600_000
  for (;;) {
    const { rows } = await database.query<{ n: string }>(
      "select count(*) as n from crisper.job where state in ('SUCCESS', 'FAILURE')",
    )
    if (Number(rows[0]?.n) === tasks) return
    if (performance.now() > deadline) throw new Error(`only ${rows[0]?.n} of ${tasks} tasks have ended`)
    await pause(250)
  }
}

/** A task can have ended while another collector still holds an event of it. RabbitMQ may give an event twice. */
async function untilAllRead(started: readonly TestCrisper[], { events }: EventFile): Promise<void> {
  await eventually(
    'all events to be read',
    () => Promise.all(started.map((each) => each.eventsRead())),
    (read) => read.reduce((sum, each) => sum + each, 0) >= events,
    120_000,
  )
}
/** Of everything but times of day, which are those of the run. */
async function digestOf(database: pg.Pool): Promise<string> {
  const { rows } = await database.query<{ digest: string }>(
    `select md5(string_agg(concat_ws('|', task_id, task_name, queue, worker, kind, tenant_id, state, retries, meta, result, error,
                                     enqueued_at is null, started_at is null, finished_at is null,
                                     (select string_agg(entry ->> 'type', ',' order by entry ->> 'type')
                                        from json_array_elements(record -> 'timeline') entry)),
                           ',' order by task_id)) as digest
       from crisper.job join crisper.task_detail using (task_id)`,
  )
  return rows[0]?.digest ?? 'none'
}

/** What was read last is written within moments: the tables are done when they stay as they are. */
async function settledDigest(database: pg.Pool): Promise<string> {
  let before = ''
  return eventually(
    'the tables to stay as they are',
    async () => {
      await pause(2000)
      return digestOf(database)
    },
    (now) => {
      const isSame = now === before
      before = now
      return isSame
    },
    60_000,
  )
}
