import type { Registry } from 'prom-client'
import { isOnline, type Worker, type Workers } from '../fleet/workers.js'
import { gauge } from './measured.js'

/** Workers that are named: those heard of last. */
const mostWorkers = 500

export function workerMetrics(registry: Registry, workers: Workers): void {
  const recent = (): Worker[] =>
    workers
      .list()
      .sort((one, another) => another.lastSeenAt - one.lastSeenAt)
      .slice(0, mostWorkers)

  gauge(registry, {
    name: 'crisper_workers',
    help: 'Workers that are known, by status.',
    labelNames: ['status'],
    measure: (set) => {
      const known = workers.list()
      const online = known.filter((worker) => isOnline(worker)).length
      const stopped = known.filter((worker) => worker.stopped).length
      set({ status: 'online' }, online)
      set({ status: 'stopped' }, stopped)
      set({ status: 'offline' }, known.length - online - stopped)
    },
  })
  gauge(registry, {
    name: 'celery_worker_up',
    help: 'Whether a worker is heard of.',
    labelNames: ['hostname'],
    measure: (set) => {
      for (const worker of recent()) set({ hostname: worker.name }, isOnline(worker) ? 1 : 0)
    },
  })
  gauge(registry, {
    name: 'celery_worker_tasks_active',
    help: 'Tasks that a worker runs, as its heartbeat says.',
    labelNames: ['hostname'],
    measure: (set) => {
      for (const worker of recent()) {
        if (worker.active !== null && isOnline(worker)) set({ hostname: worker.name }, worker.active)
      }
    },
  })
}
