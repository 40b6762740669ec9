import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { Cluster } from '../test/harness/cluster.js'
import { TestCrisper } from '../test/harness/crisper.js'
import { eventually } from '../test/harness/eventually.js'

/**
 * From asking for a hard stop to the death of the pool process: through Crisper (POST), and with Celery's own
 * `control.revoke(terminate=True)` from a Python that is up and connected. In turn, in one run, on both brokers;
 * `npm run bench:stop -- 50` takes another number of stops than 30. Linux only: it looks into /proc.
 */
const stops = Number(process.argv[2] ?? 30)

const started = z.object({ pid: z.number() })

console.log('| broker | way | median ms | p90 ms | ratio of medians |')
console.log('|:-------|:----|----------:|-------:|-----------------:|')
for (const kind of ['redis', 'amqp'] as const) await measure(kind)

async function measure(kind: 'redis' | 'amqp'): Promise<void> {
  const cluster = await Cluster.start(kind)
  const crisper = await TestCrisper.start(cluster.crisperFlags)
  try {
    await cluster.startWorker({ concurrency: 2 })
    const ways = {
      'control.revoke': (id: string) => cluster.publisher.terminate(id),
      Crisper: (id: string) => crisper.stop(id, { hard: true }),
    }
    const times: Record<keyof typeof ways, number[]> = { 'control.revoke': [], Crisper: [] }
    for (let n = 0; n < stops; n += 1) {
      for (const way of ['control.revoke', 'Crisper'] as const) {
        times[way].push(await timeOf(cluster, crisper, ways[way]))
      }
    }
    const base = median(times['control.revoke'])
    for (const [way, list] of Object.entries(times)) {
      const ratio = (median(list) / base).toFixed(2)
      console.log(
        `| ${kind} | ${way} | ${median(list).toFixed(1)} | ${quantile(list, 0.9).toFixed(1)} | ${ratio} |`,
      )
    }
  } finally {
    await crisper.end()
    await cluster.stop()
  }
}

async function timeOf(
  cluster: Cluster,
  crisper: TestCrisper,
  stop: (id: string) => Promise<unknown>,
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
  const asked = stop(id)
  while (isAlive(pid)) await pause(1)
  const took = performance.now() - begun
  await asked
  return took
}

/** A zombie is dead: only its parent has not noticed yet. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function median(list: readonly number[]): number {
  return quantile(list, 0.5)
}

function quantile(list: readonly number[], q: number): number {
  return list.toSorted((a, b) => a - b)[Math.floor(q * (list.length - 1))] ?? Number.NaN
}
