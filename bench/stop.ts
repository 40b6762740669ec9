import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { Cluster } from '../test/harness/cluster.js'
import { TestCrisper } from '../test/harness/crisper.js'
import { eventually } from '../test/harness/eventually.js'
import { inCell, timingOf } from './harness/asking.js'
import { brokerKinds } from './harness/brokers.js'
import { times } from './harness/numbers.js'
import { runs as isAlive } from './harness/processes.js'
import { question } from './harness/question.js'

const started = z.object({ pid: z.number() })

/**
 * From asking for a hard stop to the death of the pool process: through Crisper (POST), and with Celery's own
 * `control.revoke(terminate=True)` from a Python that is up and connected, which is what Flower calls. In turn.
 */
export const stop = question({
  name: 'stop',
  about: "from asking for a hard stop to the child's death, beside control.revoke",
  full: { requests: 30, brokers: ['redis', 'amqp'] },
  quick: { requests: 3, brokers: ['redis', 'amqp'] },
  async ask({ requests, brokers }) {
    const lines: string[][] = []
    const data: object[] = []
    for (const kind of brokerKinds(brokers)) {
      const found = await measure(kind, requests)
      const theirs = timingOf(found['control.revoke'])
      for (const [way, took] of Object.entries(found)) {
        lines.push([kind, way, inCell(timingOf(took)), times(timingOf(took).p50 / theirs.p50)])
        data.push({ kind, way, took })
      }
    }
    const head = ['broker', 'way', 'median / p95 / worst in ms', 'ratio of medians']
    const title = `To the death of the process, ${requests} stops each`
    return { tables: [{ title, head, rows: lines, data }], remarks: [] }
  },
})

async function measure(kind: 'redis' | 'amqp', stops: number) {
  const cluster = await Cluster.start(kind)
  const crisper = await TestCrisper.start(cluster.crisperFlags)
  try {
    await cluster.startWorker({ concurrency: 2 })
    const ways = {
      'control.revoke': (id: string) => cluster.publisher.terminate(id),
      Crisper: (id: string) => crisper.stop(id, { hard: true }),
    }
    const took: Record<keyof typeof ways, number[]> = { 'control.revoke': [], Crisper: [] }
    for (let n = 0; n < stops; n += 1) {
      for (const way of ['control.revoke', 'Crisper'] as const) {
        took[way].push(await timeOf(cluster, crisper, ways[way]))
      }
    }
    return took
  } finally {
    await crisper.end()
    await cluster.stop()
  }
}

async function timeOf(
  cluster: Cluster,
  crisper: TestCrisper,
  stopIt: (id: string) => Promise<unknown>,
): Promise<number> {
  const id = await cluster.send('test.sleep', { seconds: 60 })
  await crisper.untilState(id, 'STARTED')
  const { result } = await eventually(
    'the pid',
    () => cluster.publisher.result(id),
    ({ state }) => state === 'STARTED',
  )
  const { pid } = started.parse(result)
  const begun = performance.now()
  const asked = stopIt(id)
  while (isAlive(pid)) await pause(1)
  const took = performance.now() - begun
  await asked
  return took
}
