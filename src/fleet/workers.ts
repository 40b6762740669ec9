import { LRUCache } from 'lru-cache'
import type { ConsumedQueue, PoolKind, WorkerStats } from '../celery/control.js'
import type { WorkerEvent } from '../celery/events.js'

/** What is known of a worker since Crisper started. Times are epoch seconds, by our clock. */
export interface Worker {
  readonly name: string
  readonly lastSeenAt: number
  /** It said goodbye. */
  readonly stopped: boolean
  readonly freq: number
  readonly active: number | null
  readonly processed: number | null
  readonly loadavg: readonly number[] | null
  readonly version: string | null
  readonly system: string | null
  readonly pid: number | null
  /** Seconds by which its clock is off, where it is. */
  readonly clockSkew: number | null
  readonly pool: PoolKind | null
  readonly canTerminate: boolean | null
  readonly concurrency: number | null
  /** What it said it consumes; null where it has not said yet. */
  readonly queues: readonly ConsumedQueue[] | null
}

/** Celery's own default and rule: offline after two missed heartbeats (`celery.events.state`). */
const defaultFreq = 2
const missedHeartbeats = 2
/** Heartbeats also wait in our batches and on the way. */
const patience = 2
const mostWorkers = 5000

/** Workers by name, from their events (arrival times, so that neither clock nor zone of a host matters) and `stats`. */
export class Workers {
  readonly #workers = new LRUCache<string, Worker>({ max: mostWorkers })

  onEvent(event: WorkerEvent, clockSkew: number | undefined): void {
    const known = this.#workers.get(event.hostname)
    this.#workers.set(event.hostname, {
      ...blank(event.hostname),
      // A worker that starts anew may run on another pool and consume other queues.
      ...(event.type === 'worker-online' ? {} : known),
      lastSeenAt: event.arrivedAt,
      stopped: event.type === 'worker-offline',
      // A heartbeat that we provoked carries another freq and no figures: it must not disturb what the worker's own said.
      freq: event.active === null ? (known?.freq ?? event.freq ?? defaultFreq) : (event.freq ?? defaultFreq),
      active: event.active ?? known?.active ?? null,
      processed: event.processed ?? known?.processed ?? null,
      loadavg: event.loadavg ?? known?.loadavg ?? null,
      version: event.swVer ?? known?.version ?? null,
      system: event.swSys ?? known?.system ?? null,
      pid: event.pid,
      clockSkew: clockSkew ?? null,
    })
  }

  onStats(stats: WorkerStats): void {
    const known = this.#workers.get(stats.worker) ?? blank(stats.worker)
    this.#workers.set(stats.worker, {
      ...known,
      // It answered: it is there.
      lastSeenAt: Date.now() / 1000,
      stopped: false,
      pid: stats.pid ?? known.pid,
      pool: stats.pool.kind,
      canTerminate: stats.pool.canTerminate ?? terminatesByVersion(stats.pool.kind, known.version),
      concurrency: stats.concurrency,
    })
  }

  /** What it answered; a worker that is not known otherwise is not made known by it. */
  onQueues(name: string, queues: readonly ConsumedQueue[]): void {
    const known = this.#workers.get(name)
    if (known !== undefined) this.#workers.set(name, { ...known, queues })
  }

  get(name: string): Worker | undefined {
    return this.#workers.get(name)
  }

  list(): Worker[] {
    return [...this.#workers.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  online(): Worker[] {
    return this.list().filter((worker) => isOnline(worker))
  }
}

export function isOnline(worker: Worker, now = Date.now() / 1000): boolean {
  return !worker.stopped && now - worker.lastSeenAt <= missedHeartbeats * worker.freq + patience
}

/** gevent has `terminate_job` since Celery 5.5; `stats` does not tell the version, heartbeats do. */
function terminatesByVersion(pool: PoolKind, version: string | null): boolean | null {
  if (pool !== 'gevent' || version === null) return null
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 5 || (major === 5 && minor >= 5)
}

function blank(name: string): Worker {
  return {
    name,
    lastSeenAt: 0,
    stopped: false,
    freq: defaultFreq,
    active: null,
    processed: null,
    loadavg: null,
    version: null,
    system: null,
    pid: null,
    clockSkew: null,
    pool: null,
    canTerminate: null,
    concurrency: null,
    queues: null,
  }
}
