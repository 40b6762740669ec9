import { list, numberOrNull, record, type Settings } from './reply-values.js'

/** What a worker answers to `stats`; null is what it does not say. */
export interface WorkerStats {
  readonly worker: string
  readonly pid: number | null
  /** Seconds since the worker started, from its own clock; null where it does not say (before 5.2). */
  readonly uptime: number | null
  readonly pool: Pool
  /** As it was started: growing and shrinking does not change it. See `processes`. */
  readonly concurrency: number | null
  /**
   * Pids of the prefork pool's children (`celery.concurrency.prefork.TaskPool._get_info`); null for pools without any.
   *
   * A better proof than `task-revoked` that a terminated task is gone, for that is announced when the signal is sent: a
   * child that ignores the signal stays in the list. One that died leaves it when the worker has reaped it, mostly
   * within 0.2 s, but within 5 s where it must wait for the pool's own round (`billiard.pool.Pool._timers`).
   */
  readonly processes: readonly number[] | null
  /** Between which numbers of processes the worker moves by itself; null where it was started without `--autoscale`. */
  readonly autoscale: { readonly min: number | null; readonly max: number | null } | null
  /** Messages that it takes in advance at most; 0 is no limit. */
  readonly prefetch: number | null
  /** A number, or Celery's word for none. */
  readonly maxTasksPerChild: string | null
  /** Seconds, as the worker was started; 0 is none. */
  readonly timeLimits: { readonly soft: number | null; readonly hard: number | null }
  /** Tasks that it started, by name. */
  readonly total: Readonly<Record<string, number>>
  readonly rusage: Usage | null
}

/** What the main process has used (`getrusage`). */
interface Usage {
  /** Seconds of the processor. */
  readonly userSeconds: number | null
  readonly systemSeconds: number | null
  /** As the system counts it: kB on Linux, bytes on macOS. */
  readonly maxRss: number | null
}

/** `unknown`: Celery before 5.3 does not name its pool, and its shape fits none we know. */
export type PoolKind = (typeof poolKinds)[number]
export const poolKinds = ['prefork', 'threads', 'solo', 'gevent', 'eventlet', 'unknown'] as const

export interface Pool {
  readonly kind: PoolKind
  /** Whether `terminate` can end a running task there. null: not known. */
  readonly canTerminate: boolean | null
}

export function parseStats(worker: string, value: unknown): WorkerStats {
  const fields = record(value)
  const shape = record(fields.pool)
  const pool = parsePool(shape)
  const [soft, hard] = list(shape.timeouts)
  return {
    worker,
    pid: numberOrNull(fields.pid),
    uptime: numberOrNull(fields.uptime),
    pool,
    concurrency: numberOrNull(shape['max-concurrency']),
    processes: pool.kind === 'prefork' ? parsePids(shape.processes) : null,
    autoscale: parseAutoscale(fields.autoscaler),
    prefetch: numberOrNull(fields.prefetch_count),
    maxTasksPerChild: numberOrNull(shape['max-tasks-per-child'])?.toString() ?? null,
    timeLimits: { soft: numberOrNull(soft), hard: numberOrNull(hard) },
    total: parseTotal(fields.total),
    rusage: parseUsage(fields.rusage),
  }
}

/**
 * Celery 5.3 and later name the implementation (`celery.concurrency.base.BasePool._get_info`); earlier ones are told
 * apart by what each pool's `_get_info` reports.
 */
function parsePool(pool: Settings): Pool {
  if (typeof pool.implementation !== 'string') {
    const kind = guessPool(pool)
    return { kind, canTerminate: kind === 'gevent' ? false : terminates[kind] }
  }
  const kind = poolByModule[/concurrency\.(\w+):/.exec(pool.implementation)?.[1] ?? ''] ?? 'unknown'
  return { kind, canTerminate: terminates[kind] }
}

const poolByModule: Readonly<Record<string, PoolKind>> = {
  prefork: 'prefork',
  thread: 'threads',
  solo: 'solo',
  gevent: 'gevent',
  eventlet: 'eventlet',
}

/**
 * Which pools have a `terminate_job`; `celery.concurrency.base.BasePool` raises NotImplementedError. That of gevent came
 * with Celery 5.5, and a worker that names its pool does not tell its version here.
 */
const terminates: Readonly<Record<PoolKind, boolean | null>> = {
  prefork: true,
  gevent: null,
  eventlet: true,
  threads: false,
  solo: false,
  unknown: null,
}

function parsePids(pids: unknown): number[] {
  return list(pids).filter((pid) => typeof pid === 'number')
}

function guessPool(pool: Settings): PoolKind {
  if ('writes' in pool) return 'prefork'
  if ('threads' in pool) return 'threads'
  if ('free-threads' in pool) return 'eventlet'
  if ('put-guarded-by-semaphore' in pool) return 'solo'
  return Object.keys(pool).join() === 'max-concurrency' ? 'gevent' : 'unknown'
}

function parseAutoscale(scaler: unknown): WorkerStats['autoscale'] {
  if (scaler === undefined) return null
  const { min, max } = record(scaler)
  return { min: numberOrNull(min), max: numberOrNull(max) }
}

function parseTotal(total: unknown): Record<string, number> {
  return Object.fromEntries(
    Object.entries(record(total)).flatMap(([name, count]) => {
      const number = numberOrNull(count)
      return number === null ? [] : [[name, number]]
    }),
  )
}

/** `N/A` where the system has no such thing. */
function parseUsage(usage: unknown): Usage | null {
  if (typeof usage !== 'object') return null
  const { utime, stime, maxrss } = record(usage)
  return {
    userSeconds: numberOrNull(utime),
    systemSeconds: numberOrNull(stime),
    maxRss: numberOrNull(maxrss),
  }
}
