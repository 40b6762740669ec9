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
    for (const { one, times } of alike(happened)) this.#counters.get(one.type)?.(one, times)
    for (const happening of happened) {
      const { type, runtime, waited } = happening
      if (runtime === null && waited === null) continue
      const labels = labelsOf(happening)
      if (type === 'task-succeeded' && runtime !== null) {
        this.#runtime.observe(this.#runtimeSets.bounded(labels), runtime)
      }
      if (waited !== null) {
        const { type: taskType, queue_name } = labels
        this.#wait.observe(this.#waitSets.bounded({ type: taskType, queue_name }), waited)
      }
    }
  }
}

/** Counts what happened so many times alike. */
type Count = (one: Happening, times: number) => void

/** A batch tells of thousands, but of few kinds: each kind is counted at once. */
function alike(
  happened: readonly Happening[],
): Iterable<{ readonly one: Happening; readonly times: number }> {
  const kinds = new Map<string, { readonly one: Happening; times: number }>()
  for (const one of happened) {
    const { type, exception, job } = one
    const key = `${type}\0${exception}\0${job.taskName}\0${job.kind}\0${job.queue}`
    const kind = kinds.get(key)
    if (kind === undefined) kinds.set(key, { one, times: 1 })
    else kind.times += 1
  }
  return kinds.values()
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
  return (one, times) => {
    const labels: Record<string, string> = labelsOf(one)
    if (withException) labels.exception = one.exception ?? ''
    counter.inc(sets.bounded(labels), times)
  }
}

function labelsOf({ job }: Happening): Labels {
  return { name: job.taskName, type: job.kind, queue_name: job.queue ?? '' }
}
