import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedis } from '../../scripts/services/redis.mjs'
import type { Broker } from '../../src/celery/broker.js'
import { openBroker } from '../../src/celery/open-broker.js'
import { openResultBackend } from '../../src/celery/results/open.js'
import { connect, type DatabaseConnection } from '../../src/db/connect.js'
import { migrate } from '../../src/db/migrate.js'
import { Workers } from '../../src/fleet/workers.js'
import { OpenStops } from '../../src/stops/open-stops.js'
import { isDue, Sender } from '../../src/stops/sender.js'
import { StopStore } from '../../src/stops/store.js'
import type { TestBroker } from '../harness/cluster.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { TestFolder } from '../harness/test-folder.js'

const folder = new TestFolder()
let redis: TestBroker
let postgres: TestPostgres
let database: DatabaseConnection
let broker: Broker

beforeAll(async () => {
  redis = await startRedis({ dir: folder.path('redis') })
  postgres = await startPostgres({ dir: folder.path('postgres') })
  database = connect({ url: postgres.url }, () => {})
  await migrate(database.db, database.pool)
  broker = openBroker(redis.url, {})
  await broker.connect()
})

afterAll(async () => {
  await broker?.close()
  await database?.close()
  await postgres?.stop()
  await redis?.stop()
  folder.remove()
})

test('what is sent again and again is sent less and less often, to once an hour', async () => {
  const store = new StopStore(database.db)
  const open = new OpenStops()
  const backend = openResultBackend(null, {
    masterName: 'mymaster',
    sentinelPassword: null,
    resultKeyprefix: '',
  })
  const sender = new Sender(broker, backend, store, new Workers(), open)
  const order = { mode: 'soft', by: 'ana', reason: null, signal: null } as const
  const created = await store.create({
    taskId: 'task',
    order: { ...order, escalateAfter: null, cooperative: false },
    known: true,
    priorState: 'SENT',
    target: null,
  })
  open.set(created)

  const minutesUntilDue: number[] = []
  for (let sendings = 0; sendings < 8; sendings += 1) {
    await sender.send(open.all(), { why: 'interval', timeoutMs: 1 })
    const stop = open.get(created) ?? created
    const sentAt = stop.sentAt?.getTime() ?? 0
    const minutes = Array.from({ length: 120 }, (_, minute) => minute)
    minutesUntilDue.push(minutes.findIndex((minute) => isDue(stop, 1, sentAt + minute * 60_000)))
  }

  expect(minutesUntilDue).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
  // Where many are open it is once an hour from the start.
  const once = { ...created, sentAt: new Date(), sentCount: 1 }
  expect(isDue(once, 10_000, Date.now() + 59 * 60_000)).toBe(false)
  expect(isDue(once, 10_000, Date.now() + 61 * 60_000)).toBe(true)
  // What is known in memory is what a restart finds.
  const { sentAt, sentCount } = open.get(created) ?? created
  expect(await store.find(created.id)).toMatchObject({ sentAt, sentCount, sendings: [] })
})
