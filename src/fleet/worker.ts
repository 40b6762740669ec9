import type { ConsumedQueue, PoolKind } from '../celery/control.js'
import type { Life } from './life.js'

/** What is known of a worker. Times are epoch seconds, by our clock; what was never heard or told is null. */
export interface Worker extends Life {
  readonly name: string
  readonly firstSeenAt: number
  /** The last sign of life of any kind. */
  readonly lastSeenAt: number
  readonly lastHeartbeatAt: number | null
  /** When it last answered a question, and when it was last asked one because nothing was heard of it. */
  readonly lastAnswerAt: number | null
  readonly lastAskedAt: number | null
  /** When it last took or started a task, as its events say. */
  readonly lastTaskAt: number | null
  /** Known from before our own start and not heard of since: whether it was there when we ended. null: heard of. */
  readonly remembered: 'there' | 'gone' | null
  /** It said goodbye. */
  readonly stopped: boolean
  readonly freq: number
  readonly active: number | null
  readonly processed: number | null
  /** Since when its heartbeats say that it runs nothing and has started nothing. */
  readonly idleSince: number | null
  readonly loadavg: readonly number[] | null
  readonly version: string | null
  readonly system: string | null
  /** Seconds by which its clock is off, where it is. */
  readonly clockSkew: number | null
  readonly pool: PoolKind | null
  readonly canTerminate: boolean | null
  readonly concurrency: number | null
  /** Processes of a prefork pool, which may have grown or shrunk since it was started. */
  readonly processes: number | null
  /** What it said it consumes, and when; null where it has not said yet. */
  readonly queues: readonly ConsumedQueue[] | null
  readonly queuesAt: number | null
}

/** Celery's own default and rule: offline after two missed heartbeats (`celery.events.state`). */
export const defaultFreq = 2
const missedHeartbeats = 2
/** Heartbeats also wait in our batches and on the way. */
const patience = 2
/** Seconds for which an answer shows that a worker without heartbeats is there: it is asked every 5 s. */
const answerHolds = 15

/** Whether it is there for certain: its heartbeats arrive, or where they don't, it has just answered. */
export function isOnline(worker: Worker, now = Date.now() / 1000): boolean {
  return !worker.stopped && (heartbeats(worker, now) || answers(worker, now))
}

export function heartbeats({ lastHeartbeatAt, freq }: Worker, now: number): boolean {
  return lastHeartbeatAt !== null && now - lastHeartbeatAt <= overdueAfter(freq)
}

/** An answer from before its heartbeats stopped is no sign that it lived on. */
function answers({ lastAnswerAt, lastHeartbeatAt, freq }: Worker, now: number): boolean {
  if (lastAnswerAt === null || now - lastAnswerAt > answerHolds) return false
  return lastHeartbeatAt === null || lastAnswerAt - lastHeartbeatAt > overdueAfter(freq)
}

/** Seconds of idleness beside waiting messages that are no accident. */
const idleFor = 60

/**
 * Whether messages wait for it and it takes none, though it runs nothing: a connection that heartbeats outlive, or tasks in
 * it that wait for their rate limit.
 */
export function takesNothing(worker: Worker, waiting: number, now: number): boolean {
  return (
    waiting > 0 && heartbeats(worker, now) && worker.idleSince !== null && now - worker.idleSince > idleFor
  )
}

function overdueAfter(freq: number): number {
  return missedHeartbeats * freq + patience
}

export function blankWorker(name: string, now: number): Worker {
  return {
    name,
    firstSeenAt: now,
    lastSeenAt: now,
    lastHeartbeatAt: null,
    lastAnswerAt: null,
    lastAskedAt: null,
    lastTaskAt: null,
    remembered: null,
    stopped: false,
    freq: defaultFreq,
    active: null,
    processed: null,
    idleSince: null,
    loadavg: null,
    version: null,
    system: null,
    pid: null,
    formerPid: null,
    sharedAt: null,
    restarts: 0,
    startedAt: null,
    clockSkew: null,
    pool: null,
    canTerminate: null,
    concurrency: null,
    processes: null,
    queues: null,
    queuesAt: null,
  }
}
