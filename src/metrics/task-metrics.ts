import { Counter, Histogram, type Registry } from 'prom-client'
import type { Happening } from '../tasks/happenings.js'
import { LabelSets } from './label-sets.js'

/** Sets of labels that a counter of tasks has at most, and a histogram, of which each costs some fifteen series. */
const mostCounted = 1000
const mostMeasured = 200

/** Seconds: from what a cache answers to what runs overnight. */
const buckets = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400]

/** Events of Celery, what they are called by the known exporter, and what they say. */
const counted = {
  'task-sent': ['sent', 'Tasks that were published, as task-sent events say.'],
  'task-received': ['received', 'Tasks that a worker received.'],
  'task-started': ['started', 'Tasks that a worker started.'],
  'task-succeeded': ['succeeded', 'Tasks that succeeded.'],
  'task-failed': ['failed', 'Tasks that failed, by the class of their exception.'],
  'task-retried': ['retried', 'Runs that failed and will be retried, by the class of their exception.'],
  'task-revoked': ['revoked', 'Tasks that a worker dropped or terminated.'],
  'task-rejected': ['rejected', 'Tasks that rejected their message.'],
} as const

const labelNames = ['name', 'type', 'queue_name'] as const
type Labels = Record<(typeof labelNames)[number], string>

/** What became of tasks, counted since start from their events. */
export class TaskMetrics {
  readonly #counters: ReadonlyMap<string, Count>
  readonly #runtime: Histogram<keyof Labels>
  readonly #wait: Histogram<'type' | 'queue_name'>
  readonly #runtimeSets = new LabelSets<keyof Labels>(mostMeasured)
  readonly #waitSets = new LabelSets<'type' | 'queue_name'>(mostMeasured)

  constructor(registry: Registry) {
    this.#counters = new Map(
      Object.entries(counted).map(([type, [name, help]]) => [type, counterOf(registry, name, help)]),
    )
    this.#runtime = new Histogram({
      name: 'celery_task_runtime',
      help: 'Seconds that tasks ran that succeeded, as their workers say.',
      labelNames,
      buckets,
      registers: [registry],
    })
    this.#wait = new Histogram({
      name: 'crisper_task_wait_seconds',
      help: 'Seconds from the sending of a task, or from its ETA, to its start; of tasks with a task-sent event.',
      labelNames: ['type', 'queue_name'],
      buckets,
      registers: [registry],
    })
  }

  onHappened(happened: readonly Happening[]): void {
    for (const { labels, counts, runtimes, waits } of byLabels(happened)) {
      for (const { type, exception, times } of counts.values()) {
        this.#counters.get(type)?.(labels, exception, times)
      }
      observe(this.#runtime, this.#runtimeSets, labels, runtimes)
      observe(this.#wait, this.#waitSets, { type: labels.type, queue_name: labels.queue_name }, waits)
    }
  }
}

function observe<Name extends string>(
  histogram: Histogram<Name>,
  sets: LabelSets<Name>,
  labels: Record<Name, string>,
  seconds: readonly number[],
): void {
  if (seconds.length === 0) return
  const bounded = sets.bounded(labels)
  for (const each of seconds) histogram.observe(bounded, each)
}

/** Counts what happened so many times alike. */
type Count = (labels: Labels, exception: string | null, times: number) => void

/** What happened to tasks with the same labels. */
interface OfLabels {
  readonly labels: Labels
  /** By event and exception. */
  readonly counts: Map<string, { readonly type: string; readonly exception: string | null; times: number }>
  /** Seconds. */
  readonly runtimes: number[]
  readonly waits: number[]
}

/** A batch tells of thousands, but of few kinds: each is counted at once. What happened to one task stands together. */
function byLabels(happened: readonly Happening[]): Iterable<OfLabels> {
  const kinds = new Map<string, OfLabels>()
  let last: { readonly job: Happening['job']; readonly kind: OfLabels } | undefined
  for (const one of happened) {
    if (one.job !== last?.job) last = { job: one.job, kind: kindOf(one.job, kinds) }
    add(one, last.kind)
  }
  return kinds.values()
}

function kindOf(job: Happening['job'], kinds: Map<string, OfLabels>): OfLabels {
  const key = `${job.taskName}\0${job.kind}\0${job.queue}`
  const known = kinds.get(key)
  if (known !== undefined) return known
  const labels = { name: job.taskName, type: job.kind, queue_name: job.queue ?? '' }
  const fresh: OfLabels = { labels, counts: new Map(), runtimes: [], waits: [] }
  kinds.set(key, fresh)
  return fresh
}

function add({ type, exception, runtime, waited }: Happening, { counts, runtimes, waits }: OfLabels): void {
  const key = exception === null ? type : `${type}\0${exception}`
  const count = counts.get(key)
  if (count === undefined) counts.set(key, { type, exception, times: 1 })
  else count.times += 1
  if (type === 'task-succeeded' && runtime !== null) runtimes.push(runtime)
  if (waited !== null) waits.push(waited)
}

function counterOf(registry: Registry, name: string, help: string): Count {
  const withException = name === 'failed' || name === 'retried'
  const names = withException ? [...labelNames, 'exception'] : [...labelNames]
  const counter = new Counter({
    name: `celery_task_${name}_total`,
    help,
    labelNames: names,
    registers: [registry],
  })
  const sets = new LabelSets<string>(mostCounted)
  return (labels, exception, times) => {
    const all: Record<string, string> = withException ? { ...labels, exception: exception ?? '' } : labels
    counter.inc(sets.bounded(all), times)
  }
}
