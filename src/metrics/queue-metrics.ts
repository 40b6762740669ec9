import type { Registry } from 'prom-client'
import type { Queue, Queues } from '../fleet/queues.js'
import { topOf } from './label-sets.js'
import { gauge } from './measured.js'

/** Queues that are named; the others count together. */
const mostQueues = 100

const unfinishedStates = ['PENDING', 'SENT', 'RECEIVED', 'STARTED', 'PROGRESS', 'RETRY'] as const

/** The queues as they were last read (at most a minute ago): a scrape asks nobody. */
export function queueMetrics(registry: Registry, queues: Queues): void {
  const valuesOf = (value: (queue: Queue) => number | null | undefined): [string, number][] =>
    (queues.last?.queues ?? []).flatMap((queue) => {
      const found = value(queue)
      return found == null ? [] : [[queue.name, found]]
    })
  const perQueue = (name: string, help: string, value: (queue: Queue) => number | null) =>
    gauge(registry, {
      name,
      help,
      labelNames: ['queue_name'],
      measure: (set) => {
        for (const [queue, count] of topOf(valuesOf(value), mostQueues)) set({ queue_name: queue }, count)
      },
    })

  perQueue('celery_queue_length', 'Messages that wait in a queue.', ({ waiting }) => waiting)
  perQueue(
    'crisper_queue_consumers',
    'Consumers of a queue as RabbitMQ counts them.',
    ({ consumers }) => consumers,
  )
  perQueue('crisper_queue_workers', 'Online workers that consume a queue.', ({ workers }) => workers.length)
  gauge(registry, {
    name: 'crisper_queue_oldest_age_seconds',
    help: 'Age of the message that waits longest in a queue; of the queues where it is highest.',
    labelNames: ['queue_name'],
    measure: (set) => {
      const ages = valuesOf(({ oldestAt }) =>
        oldestAt === null ? null : Math.max(0, (Date.now() - oldestAt.getTime()) / 1000),
      )
      // A sum of ages would mean nothing: those beyond are left out.
      const oldest = ages.sort(([, one], [, another]) => another - one).slice(0, mostQueues)
      for (const [queue, age] of oldest) set({ queue_name: queue }, age)
    },
  })
  gauge(registry, {
    name: 'crisper_tasks_unfinished',
    help: 'Tasks that name a queue and have not ended.',
    labelNames: ['state', 'queue_name'],
    measure: (set) => {
      for (const state of unfinishedStates) {
        const counts = valuesOf(({ unfinished }) => unfinished[state])
        for (const [queue, count] of topOf(counts, mostQueues)) set({ state, queue_name: queue }, count)
      }
    },
  })
  gauge(registry, {
    name: 'crisper_tasks_delayed',
    help: 'Tasks that wait for their time.',
    labelNames: [],
    measure: (set) => {
      const delayed = queues.last?.delayed
      if (delayed != null) set({}, delayed)
    },
  })
}
