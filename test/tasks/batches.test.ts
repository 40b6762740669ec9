import { EventEmitter, once } from 'node:events'

import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedis } from '../../scripts/services/redis.mjs'
import { openBroker } from '../../src/celery/open-broker.js'
import { Ingest } from '../../src/tasks/ingest.js'
import { TaskStore } from '../../src/tasks/store.js'
import { taskTypes } from '../../src/tasks/task-types.js'
import { writeOwn } from '../../src/tasks/write-records.js'
import { eventually } from '../harness/eventually.js'
import { reading, received, started, succeeded } from '../harness/made-events.js'
import { openRawEvents } from '../harness/raw-events.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase()
let redis: Awaited<ReturnType<typeof startRedis>>

beforeAll(async () => {
  redis = await startRedis({ dir: database.folder.path('redis') })
})
afterAll(async () => {
  await redis.stop()
})

/** How many tasks are written at a time of so many messages that came while the database was busy with a first one. */
async function batchesOf(messages: readonly object[]): Promise<number[]> {
  const sizes: number[] = []
  const latch = new EventEmitter()
  const store = new TaskStore({
    pool: database.pool,
    types: taskTypes(),
    async write(pool, batch) {
      sizes.push(batch.length)
      if (sizes.length === 1) await once(latch, 'go')
      return await writeOwn(pool, batch)
    },
  })
  const broker = openBroker(redis.url)
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
  const events = await openRawEvents('redis', redis.url)
  await events.publish(received('the first'))
  await eventually(
    'the first write',
    async () => sizes.length,
    (writes) => writes === 1,
  )
  await Promise.all(messages.map((message) => events.publish(message)))
  await eventually(
    'all messages to come',
    async () => ingest.counters.messages,
    (came) => came === messages.length + 1,
  )
  latch.emit('go')
  await ingest.stop()
  await events.close()
  await broker.close()
  return sizes.slice(1)
}

test('where tasks have few events each, all that waits is written at once', async () => {
  expect(await batchesOf(Array.from({ length: 7000 }, (_, n) => received(`few ${n}`)))).toEqual([7000])
})

test('where they have many, a batch is no larger than it must be', async () => {
  const sizes = await batchesOf(
    Array.from({ length: 2500 }, (_, n) => [
      received(`many ${n}`),
      started(`many ${n}`),
      succeeded(`many ${n}`),
    ]).flat(),
  )

  // 2,000 messages each: one task may be in two of them.
  expect(Math.max(...sizes)).toBeLessThanOrEqual(668)
})
