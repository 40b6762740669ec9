import { LRUCache } from 'lru-cache'
import type { ConsumedQueue, PoolKind, WorkerStats } from '../celery/control.js'
import type { WorkerEvent } from '../celery/events.js'
import { afterPid, afterUptime } from './life.js'
import { blankWorker, defaultFreq, isOnline, type Worker } from './worker.js'
import { type StatusNow, statusOf } from './worker-status.js'

export { isOnline, type Worker } from './worker.js'

/** What of a worker outlives a restart of ours. */
export type RememberedWorker = Pick<
  Worker,
  'name' | 'firstSeenAt' | 'lastSeenAt' | 'stopped' | 'restarts' | 'pid' | 'pool' | 'concurrency' | 'version'
>

/** Those heard of last; twice as many as are written down. */
const mostWorkers = 10_000
/** Seconds that a worker was seen before the last of all when it was gone already: they are written each minute. */
const goneBefore = 180
/** Seconds after a goodbye in which an answer is taken to be from before it. */
const lateFor = 5

/** Workers by name, from their events (arrival times, so that neither clock nor zone of a host matters) and answers. */
export class Workers {
  readonly #workers = new LRUCache<string, Worker>({ max: mostWorkers })
  /** By itself, since it changes with every task: when each was last seen to take one. */
  readonly #tookTaskAt = new LRUCache<string, number>({ max: mostWorkers })
  #listeningSince: number | null = null

  /** From now on events arrive, or no more. */
  onListening(listening: boolean): void {
    this.#listeningSince = listening ? Date.now() / 1000 : null
  }

  /** Those known from before our start. What has been heard meanwhile goes before it. */
  remember(workers: readonly RememberedWorker[]): void {
    const end = Math.max(...workers.map(({ lastSeenAt }) => lastSeenAt))
    for (const each of workers) {
      if (this.#workers.has(each.name)) continue
      this.#workers.set(each.name, {
        ...blankWorker(each.name, each.lastSeenAt),
        ...each,
        canTerminate: each.pool === null ? null : terminatesByVersion(each.pool, each.version),
        remembered: end - each.lastSeenAt > goneBefore ? 'gone' : 'there',
      })
    }
  }

  onEvent(event: WorkerEvent, clockSkew: number | undefined): void {
    const { hostname: name, arrivedAt, pid } = event
    const known = this.#workers.peek(name)
    const starts = event.type === 'worker-online'
    const before = known ?? blankWorker(name, arrivedAt)
    // The goodbye of a process that another has taken the place of is not that of the worker.
    const stopped = event.type === 'worker-offline'
    if (stopped && !before.remembered && before.pid !== null && pid !== null && pid !== before.pid) return
    this.#workers.set(name, {
      // A worker that starts anew may run on another pool and consume other queues.
      ...(starts ? { ...blankWorker(name, arrivedAt), firstSeenAt: before.firstSeenAt } : before),
      ...afterPid(lifeOf(before), pid, arrivedAt, starts),
      lastSeenAt: arrivedAt,
      lastHeartbeatAt: arrivedAt,
      lastAnswerAt: before.lastAnswerAt,
      remembered: null,
      stopped,
      // A heartbeat that we provoked carries another freq and no figures: it must not disturb what the worker's own said.
      freq: event.active === null ? (known?.freq ?? event.freq ?? defaultFreq) : (event.freq ?? defaultFreq),
      active: event.active ?? before.active,
      processed: event.processed ?? before.processed,
      idleSince: idleSince(before, event),
      loadavg: event.loadavg ?? before.loadavg,
      version: event.swVer ?? before.version,
      system: event.swSys ?? before.system,
      clockSkew: clockSkew ?? null,
    })
  }

  /** The goodbye of one that nothing was heard of since our start: it was said before, to nobody but a queue. */
  onLateGoodbye({ type, hostname: name }: WorkerEvent): void {
    const known = this.#workers.peek(name)
    if (type === 'worker-offline' && known?.remembered != null) this.#change(name, { stopped: true })
  }

  /** These took a task. A worker that sends no heartbeats (`--without-heartbeat`) is known by that. */
  onTookTask(names: readonly string[], at: number): void {
    for (const name of names) {
      this.#tookTaskAt.set(name, at)
      if (!this.#workers.has(name)) this.#workers.set(name, blankWorker(name, at))
    }
  }

  onStats(stats: WorkerStats): void {
    const now = Date.now() / 1000
    const known = this.#workers.peek(stats.worker) ?? blankWorker(stats.worker, now)
    if (isLate(known, now)) return
    this.#workers.set(stats.worker, {
      ...known,
      ...afterUptime(afterPid(lifeOf(known), stats.pid, now, false), stats.uptime, now),
      ...answered(now),
      pool: stats.pool.kind,
      canTerminate: stats.pool.canTerminate ?? terminatesByVersion(stats.pool.kind, known.version),
      concurrency: stats.concurrency,
      processes: stats.processes?.length ?? null,
    })
  }

  /** They answered; those that are not known otherwise are not made known by it. */
  onAnswer(names: readonly string[]): void {
    const now = Date.now() / 1000
    for (const name of names) this.#onAnswer(name, answered(now))
  }

  /** They were asked, since nothing was heard of them. */
  onAsked(names: readonly string[]): void {
    const lastAskedAt = Date.now() / 1000
    for (const name of names) this.#change(name, { lastAskedAt })
  }

  /** What it answered; a worker that is not known otherwise is not made known by it. */
  onQueues(name: string, queues: readonly ConsumedQueue[]): void {
    const now = Date.now() / 1000
    this.#onAnswer(name, { ...answered(now), queues, queuesAt: now })
  }

  get(name: string): Worker | undefined {
    const worker = this.#workers.peek(name)
    return worker && this.#withTask(worker)
  }

  list(): Worker[] {
    return [...this.#workers.values()]
      .map((worker) => this.#withTask(worker))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  online(): Worker[] {
    const now = Date.now() / 1000
    return this.list().filter((worker) => isOnline(worker, now))
  }

  statusOf(worker: Worker, now = Date.now() / 1000): StatusNow {
    return statusOf(worker, this.#listeningSince, now)
  }

  #onAnswer(name: string, change: ReturnType<typeof answered> & Partial<Worker>): void {
    const known = this.#workers.peek(name)
    if (known !== undefined && !isLate(known, change.lastAnswerAt)) this.#change(name, change)
  }

  #change(name: string, change: Partial<Worker>): void {
    const known = this.#workers.peek(name)
    if (known !== undefined) this.#workers.set(name, { ...known, ...change })
  }

  #withTask(worker: Worker): Worker {
    const lastTaskAt = this.#tookTaskAt.peek(worker.name)
    if (lastTaskAt === undefined) return worker
    return { ...worker, lastTaskAt, lastSeenAt: Math.max(worker.lastSeenAt, lastTaskAt) }
  }
}

/** A heartbeat without figures says nothing about it. */
function idleSince(before: Worker, { active, processed, arrivedAt }: WorkerEvent): number | null {
  if (active === null) return before.idleSince
  if (active > 0) return null
  return processed === before.processed && before.idleSince !== null ? before.idleSince : arrivedAt
}

/** It answered: it is there. */
function answered(now: number) {
  return { lastSeenAt: now, lastAnswerAt: now, stopped: false, remembered: null }
}

/** An answer from before the goodbye can come in after it. */
function isLate({ stopped, lastHeartbeatAt }: Worker, now: number): boolean {
  return stopped && lastHeartbeatAt !== null && now - lastHeartbeatAt < lateFor
}

function lifeOf({ pid, formerPid, sharedAt, restarts, startedAt }: Worker) {
  return { pid, formerPid, sharedAt, restarts, startedAt }
}

/** gevent has `terminate_job` since Celery 5.5; `stats` does not tell the version, heartbeats do. */
function terminatesByVersion(pool: PoolKind, version: string | null): boolean | null {
  if (pool !== 'gevent' || version === null) return null
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 5 || (major === 5 && minor >= 5)
}
