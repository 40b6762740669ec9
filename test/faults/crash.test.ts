import { afterAll, beforeAll, expect, test } from 'vitest'
import { statesInCrisper } from '../harness/all-tasks.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { Load } from './load.js'

let cluster: Cluster
let crisper: TestCrisper

const start = () => TestCrisper.start(cluster.crisperFlags)

beforeAll(async () => {
  cluster = await Cluster.start('amqp')
  crisper = await start()
  await cluster.startWorker()
})

afterAll(async () => {
  expect(await crisper?.end()).toBe(0)
  await cluster?.stop()
})

test('Crisper, killed under load, opens its data directory again and has lost nothing', {
  timeout: 120_000,
}, async () => {
  const load = new Load(cluster)
  await load.more(100)
  const written = await statesInCrisper(crisper)
  await crisper.kill()
  await load.more(100)

  crisper = await start()

  const kept = await statesInCrisper(crisper)
  expect(written.size).toBeGreaterThan(0)
  expect([...written.keys()].filter((id) => !kept.has(id))).toEqual([])
  await load.more(50)
  await load.stop()
  const succeeded = await load.succeeded()
  expect(succeeded).toEqual(load.published)
  await eventually(
    'Crisper to say what Celery says',
    async () => {
      const states = await statesInCrisper(crisper)
      return succeeded.filter((id) => states.get(id) !== 'SUCCESS')
    },
    (missing) => missing.length === 0,
  )
})
