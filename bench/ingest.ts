import type { BrokerKind } from '../test/harness/cluster.js'
import { TestFolder } from '../test/harness/test-folder.js'
import { brokerKinds, startPatientBroker } from './harness/brokers.js'
import { celeryReceiver } from './harness/celery-receiver.js'
import type { Contender } from './harness/contender.js'
import { crisper } from './harness/crisper.js'
import { type EventFile, eventFile } from './harness/event-file.js'
import { exporter } from './harness/exporter.js'
import { flower } from './harness/flower.js'
import { median, shown, times } from './harness/numbers.js'
import { parseAndDrop } from './harness/parse-and-drop.js'
import type { Peers } from './harness/peers.js'
import { question } from './harness/question.js'
import { say, type Table } from './harness/report.js'
import { type Run, takeIn } from './harness/take-in.js'

interface Workload {
  readonly name: string
  readonly underWay: number
  readonly progressShare: number
}

const workloads: Readonly<Record<string, Workload>> = {
  short: { name: 'short tasks', underWay: 100, progressShare: 0 },
  long: { name: 'long tasks', underWay: 10_000, progressShare: 0 },
  progress10: { name: 'long tasks, 10 % with progress', underWay: 10_000, progressShare: 0.1 },
  progress50: { name: 'long tasks, 50 % with progress', underWay: 10_000, progressShare: 0.5 },
}

/** Read by each contender before it is measured. */
const warmUpTasks = 10_000

/**
 * The same events for each contender, all there at once on a broker that loses none: how many a second it reads until the
 * last is where the contender keeps it, and what CPU that takes. Each run on a broker and a contender of its own.
 */
export const ingest = question({
  name: 'ingest',
  about: 'events a second and CPU per event, until they are kept',
  full: { runs: 3, tasks: 50_000, brokers: ['redis', 'amqp'], workloads: Object.keys(workloads) },
  quick: { runs: 1, tasks: 5000, brokers: ['redis', 'amqp'], workloads: ['short', 'progress10'] },
  async ask({ runs, tasks, brokers, workloads: names }, peers) {
    const tables: Table[] = []
    const remarks: string[] = []
    for (const kind of brokerKinds(brokers)) {
      for (const { name, underWay, progressShare } of names.map(workloadOf)) {
        const file = eventFile({ tasks, underWay, progressShare, seed: 1 })
        const warmUp = eventFile({ tasks: warmUpTasks, underWay: 100, progressShare, seed: 5 })
        const found = await compare({ kind, file, warmUp, runs }, contendersOf(peers, progressShare))
        const title = `${name} on ${kind === 'redis' ? 'Redis' : 'RabbitMQ'}: ${file.events.toLocaleString('en')} events of ${tasks.toLocaleString('en')} tasks`
        tables.push(tableOf(title, found))
        remarks.push(`${name}, ${kind}: ${inWords(found)}`)
      }
    }
    return { tables, remarks }
  },
})

function workloadOf(name: string): Workload {
  const workload = workloads[name]
  if (workload !== undefined) return workload
  throw new Error(`${name} is no workload: take some of ${Object.keys(workloads).join(', ')}`)
}

function contendersOf({ flowers, exporter: counter }: Peers, progressShare: number): Contender[] {
  // It doesn't count progress, so nothing says when it has read all.
  const exporters = counter === undefined || progressShare > 0 ? [] : [exporter(counter)]
  const persistent = flowers.map((peer) => flower(peer, { persistent: true }))
  // Any of their virtual environments has Celery.
  const receivers = flowers.slice(0, 1).map(celeryReceiver)
  const volatile = flowers.map((peer) => flower(peer))
  return [crisper, ...volatile, ...persistent, ...exporters, ...receivers, parseAndDrop]
}

type Found = ReadonlyMap<Contender, readonly Run[]>

/** In turn, A B C A B C: what else the machine does meanwhile meets all alike. */
async function compare(
  { kind, file, warmUp, runs }: { kind: BrokerKind; file: EventFile; warmUp: EventFile; runs: number },
  contenders: readonly Contender[],
): Promise<Found> {
  const found = new Map(contenders.map((contender) => [contender, [] as Run[]]))
  for (let run = 1; run <= runs; run += 1) {
    for (const contender of contenders) {
      const folder = new TestFolder()
      const broker = await startPatientBroker(kind, folder.path('broker'))
      try {
        const ground = { kind, brokerUrl: broker.url, folder: folder.path('contender') }
        const consumer = await contender.start(ground)
        try {
          const one = await takeIn(consumer, ground, file, warmUp)
          found.get(contender)?.push(one)
          say(
            `${kind}, run ${run}, ${contender.name}: ${shown(one.eventsPerSecond)} events/s, ${partsOf([one])} µs of CPU an event`,
          )
        } finally {
          await consumer.end()
        }
      } finally {
        await broker.stop()
        folder.remove()
      }
    }
  }
  return found
}

const rateOf = (runs: readonly Run[]) => median(runs.map(({ eventsPerSecond }) => eventsPerSecond))
const cpuOf = (runs: readonly Run[]) => median(runs.map(({ cpuPerEvent }) => cpuPerEvent))

function tableOf(title: string, found: Found): Table {
  const ours = found.get(crisper) ?? []
  const rows = [...found].map(([{ name, keeps }, runs]) => [
    name,
    keeps,
    runs.map(({ eventsPerSecond }) => shown(eventsPerSecond)).join(' '),
    shown(rateOf(runs)),
    times(rateOf(ours) / rateOf(runs)),
    shown(cpuOf(runs)),
    times(cpuOf(ours) / cpuOf(runs)),
    ...[partsOf(runs), shown(median(runs.map(({ megabytes }) => megabytes)))],
    `${Math.min(...runs.map(({ kept }) => kept)).toLocaleString('en')}`,
  ])
  const head = ['', 'keeps', 'events/s, each run', 'median', 'Crisper to it', 'CPU µs/event', 'Crisper to it']
  const data = [...found].map(([{ name }, runs]) => ({ name, runs }))
  return { title, head: [...head, 'itself + children', 'MB at the end', 'events read'], rows, data }
}

function partsOf(runs: readonly Run[]): string {
  return [
    median(runs.map(({ ownCpuPerEvent }) => ownCpuPerEvent)),
    median(runs.map(({ cpuPerEvent, ownCpuPerEvent }) => cpuPerEvent - ownCpuPerEvent)),
  ]
    .map(shown)
    .join(' + ')
}

/** Against the faster Flower in memory, and against nothing but parsing. */
function inWords(found: Found): string {
  const ours = found.get(crisper) ?? []
  const volatile = [...found].filter(([{ name }]) => /^Flower [\d.]+$/.test(name))
  const fastest = volatile.toSorted(([, a], [, b]) => rateOf(b) - rateOf(a))[0]
  const dropping = [...found].filter(([{ keeps }]) => keeps === parseAndDrop.keeps)
  const parsing = dropping
    .map(([{ name }, theirs]) => `${times(cpuOf(ours) / cpuOf(theirs))} the CPU per event of "${name}"`)
    .join(' and ')
  if (fastest === undefined) return `${parsing}.`
  const [{ name }, theirs] = fastest
  const rate = rateOf(ours) / rateOf(theirs)
  const verdict = rate < 1 ? `${name} is faster: Crisper reads` : 'Crisper reads'
  return `${verdict} ${times(rate)} the events/s of ${name} at ${times(cpuOf(ours) / cpuOf(theirs))} its CPU per event, and takes ${parsing}.`
}
