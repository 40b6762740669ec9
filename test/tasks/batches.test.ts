import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRabbitmq } from '../../scripts/services/rabbitmq.mjs'
import { startRedis } from '../../scripts/services/redis.mjs'
import { openBroker } from '../../src/celery/open-broker.js'
import { Ingest } from '../../src/tasks/ingest.js'
import { TaskStore } from '../../src/tasks/store.js'
import { taskTypes } from '../../src/tasks/task-types.js'
import { writeOwn } from '../../src/tasks/write-records.js'
import type { BrokerKind, TestBroker } from '../harness/cluster.js'
import { eventually } from '../harness/eventually.js'
import { reading, received, started, succeeded } from '../harness/made-events.js'
import { openRawEvents } from '../harness/raw-events.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase()
let brokers: Readonly<Record<BrokerKind, TestBroker>>
const equals = (expected: number) => (found: number) => found === expected

beforeAll(async () => {
  const dirOf = (name: string) => ({ dir: database.folder.path(name) })
  const [redis, amqp] = await Promise.all([startRedis(dirOf('redis')), startRabbitmq(dirOf('rabbitmq'))])
  brokers = { redis, amqp }
})
afterAll(async () => {
  await Promise.all(Object.values(brokers).map((broker) => broker.stop()))
})

/** An ingest of its own connection, and how often each task was written; each write waits for `before`, told its number. */
async function startIngest(url: string, before: (write: number) => Promise<unknown> | undefined) {
  const writes = new Map<string, number>()
  let count = 0
  const store = new TaskStore({
    pool: database.pool,
    types: taskTypes(),
    async write(pool, batch) {
      count += 1
      await before(count)
      for (const { record } of batch) writes.set(record.taskId, (writes.get(record.taskId) ?? 0) + 1)
      return await writeOwn(pool, batch)
    },
  })
  const broker = openBroker(url)
  await broker.connect()
  const nobody = () => undefined
  const ingest = new Ingest({
    broker,
    store,
    ...reading,
    log: pino({ level: 'silent' }),
    onApplied: nobody,
    onWorkerEvent: nobody,
    onTaskEvent: nobody,
  })
  await ingest.start()
  return { ingest, broker, writes, count: () => count }
}

/** What of these tasks is in the table. */
async function keptOf(ids: readonly string[]): Promise<object[]> {
  const { rows } = await database.pool.query<object>(
    'select state, task_name, count(*)::integer from job where task_id = any($1) group by state, task_name',
    [ids],
  )
  return rows
}

/**
 * Four thousand tasks of which each has begun before the first one ends; they come while the database is busy with a first
 * write, and wait together. `before` is told of the writes after that one.
 */
async function whileLongTasksWait(kind: BrokerKind, before: (write: number) => Promise<unknown> | undefined) {
  const latch = new EventEmitter()
  const go = once(latch, 'go')
  const { url } = brokers[kind]
  const busy = await startIngest(url, (write) => (write === 1 ? go : before(write)))
  const events = await openRawEvents(kind, url)
  await events.publish(received(`the first of ${kind}`))
  await eventually('the first write', async () => busy.count(), equals(1))
  const ids = Array.from({ length: 4000 }, () => randomUUID())
  const messages = [received, started, succeeded].flatMap((tell) => ids.map((id) => tell(id)))
  await Promise.all(messages.map((message) => events.publish(message)))
  await events.close()
  const { counters } = busy.ingest
  await eventually('all to come', async () => counters.messages, equals(messages.length + 1))
  latch.emit('go')
  return { ...busy, url, ids }
}

const allEnded = [{ state: 'SUCCESS', task_name: 'etl.process_etl_file', count: 4000 }]

test.each(['redis', 'amqp'] as const)(
  'while more waits on %s, a task is written with its end',
  async (kind) => {
    const { ingest, broker, writes, ids } = await whileLongTasksWait(kind, () => undefined)

    await ingest.stop()
    await broker.close()

    expect(await keptOf(ids)).toEqual(allEnded)
    const written = ids.map((id) => writes.get(id) ?? 0)
    expect(new Set(written)).toEqual(new Set([1]))
  },
)

test('what was held back when a collector died comes again', async () => {
  const never = new Promise(() => undefined)
  const dying = await whileLongTasksWait('amqp', (write) => (write === 3 ? never : undefined))
  await eventually('the third write', async () => dying.count(), equals(3))
  await dying.broker.close()

  const { ingest, broker } = await startIngest(dying.url, () => undefined)

  await eventually(
    'all to be kept',
    () => keptOf(dying.ids),
    (kept) => isDeepStrictEqual(kept, allEnded),
  )
  await ingest.stop()
  await broker.close()
})
