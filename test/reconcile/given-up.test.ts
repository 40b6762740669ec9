import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { now, received, started, succeeded } from '../harness/made-events.js'
import { openRawEvents, type RawEvents } from '../harness/raw-events.js'

let cluster: Cluster
let crisper: TestCrisper
let raw: RawEvents

beforeAll(async () => {
  cluster = await Cluster.start('redis')
  const file = join(cluster.folder.path('config'), 'crisper.yaml')
  writeFileSync(file, 'reconcile:\n  interval: 2\n  fail_lost_after: 3\n')
  crisper = await TestCrisper.start([...cluster.crisperFlags, '--config', file])
  raw = await openRawEvents('redis', cluster.brokerUrl)
  await cluster.startWorker()
})

afterAll(async () => {
  await raw?.close()
  expect(await crisper?.end()).toBe(0)
  await cluster?.stop()
})

test('a task that is lost for long fails, and a success that comes after all counts more', {
  timeout: 120_000,
}, async () => {
  const at = now() - 60
  await raw.publish([received('given-up', at, 'w1@localhost'), started('given-up', at, 'w1@localhost')])

  const task = await eventually(
    'it to be given up',
    async () => (await crisper.get('/api/tasks/given-up/')).body,
    ({ state }) => state === 'FAILURE',
    60_000,
  )
  expect(task).toMatchObject({
    lost: true,
    error: expect.stringMatching(/^Lost: w1@localhost answers, and has said in two looks/),
    sources: { state: 'reconcile', error: 'reconcile' },
  })

  await raw.publish(succeeded('given-up', at + 5, 'w1@localhost'))
  await crisper.untilState('given-up', 'SUCCESS')
  expect((await crisper.list('lost=true')).tasks).toEqual([])
})
