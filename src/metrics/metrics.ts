import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Broker } from '../celery/broker.js'
import type { Leadership } from '../db/leadership.js'
import type { Queues } from '../fleet/queues.js'
import type { Workers } from '../fleet/workers.js'
import type { PastRun } from '../retention/run-store.js'
import type { Stop } from '../stops/stop.js'
import type { Happening } from '../tasks/happenings.js'
import type { Ingest } from '../tasks/ingest.js'
import type { LiveFeed } from '../tasks/live-feed.js'
import { ingestMetrics } from './ingest-metrics.js'
import { gauge } from './measured.js'
import { queueMetrics } from './queue-metrics.js'
import { RetentionMetrics } from './retention-metrics.js'
import { StopMetrics } from './stop-metrics.js'
import { TaskMetrics } from './task-metrics.js'
import { workerMetrics } from './worker-metrics.js'

interface Sources {
  readonly version: string
  readonly ingest: Ingest
  readonly broker: Broker
  readonly queues: Queues
  readonly workers: Workers
  readonly live: LiveFeed
  readonly leadership: Leadership
}

/** Those of prom-client that are left out: gauges named like counters, which Prometheus' own linter refuses, and no numbers. */
const unfit = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
  // Right after a scrape there is nothing to take a mean of.
  'nodejs_eventloop_lag_mean_seconds',
  'nodejs_eventloop_lag_stddev_seconds',
  'nodejs_eventloop_lag_min_seconds',
]

/** What Prometheus reads. docs/metrics.md lists it; names that other exporters of Celery use mean the same here. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #tasks = new TaskMetrics(this.#registry)
  readonly #stops = new StopMetrics(this.#registry)
  readonly #retention = new RetentionMetrics(this.#registry)

  onHappened(happened: readonly Happening[]): void {
    this.#tasks.onHappened(happened)
  }

  onStopsChanged(stops: readonly Pick<Stop, 'status' | 'mode'>[]): void {
    this.#stops.onChanged(stops)
  }

  onRetentionEnded(run: PastRun): void {
    this.#retention.onEnded(run)
  }

  /** Adds what is measured at each scrape. Once. */
  watch({ version, ingest, broker, queues, workers, live, leadership }: Sources): void {
    const registry = this.#registry
    queueMetrics(registry, queues)
    workerMetrics(registry, workers)
    ingestMetrics(registry, { ingest, broker })
    gauge(registry, {
      name: 'crisper_build_info',
      help: 'The version of Crisper; always 1.',
      labelNames: ['version'],
      measure: (set) => set({ version }, 1),
    })
    gauge(registry, {
      name: 'crisper_live_streams',
      help: 'Clients that are told live what changes.',
      labelNames: [],
      measure: (set) => set({}, live.subscribers),
    })
    gauge(registry, {
      name: 'crisper_leader',
      help: 'Whether this Crisper does what one of several must do once.',
      labelNames: [],
      measure: (set) => set({}, leadership.leads ? 1 : 0),
    })
    collectDefaultMetrics({ register: registry })
    for (const name of unfit) registry.removeSingleMetric(name)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
