import type { BroadcastOptions, Broker, ControlReply } from './broker.js'
import { isPlainObject } from './json-value.js'
import { list, numberOrNull, record, type Settings, textOrNull } from './reply-values.js'
import { parseStats, type WorkerStats } from './worker-stats.js'

export type { Settings } from './reply-values.js'
export { type Pool, type PoolKind, poolKinds, type WorkerStats } from './worker-stats.js'

/**
 * Celery's remote control commands with typed arguments and replies.
 *
 * Rules and shapes: Celery's `celery.worker.control`. A worker that does not reply says nothing: it may be gone, busy
 * (solo pool), or have remote control turned off.
 */

/** One worker's answer to a command that acts. */
export interface ActReply {
  readonly worker: string
  readonly at: Date
  /** True where the worker said `ok`: it has taken note, which is no proof of an effect. */
  readonly ok: boolean
  /** The worker's own words. */
  readonly text: string
}

/** A task as a worker lists it (`active`, `reserved`, `scheduled`). */
export interface WorkerTask {
  readonly id: string
  readonly name: string | null
  readonly worker: string
  /** Epoch seconds; null until started. */
  readonly timeStart: number | null
  /** The queue it came from (its routing key), where known. */
  readonly queue: string | null
  readonly acknowledged: boolean | null
  /** Of the process that runs it. No pid but the greenlet's id on eventlet, and on gevent from Celery 5.5 on. */
  readonly pid: number | null
}

export type Ask = Pick<BroadcastOptions, 'timeoutMs' | 'expected' | 'signal'> & {
  readonly destination?: readonly string[]
}

export interface RevokeOptions extends Ask {
  readonly terminate: boolean
  /** null or absent is the worker's own choice: SIGTERM, or what REMAP_SIGTERM says. */
  readonly signalName?: string | null
  readonly onReply?: (reply: ActReply) => void
}

/** Node names of the workers that answered. */
export async function ping(broker: Broker, ask: Ask): Promise<string[]> {
  const replies = await broadcast(broker, 'ping', {}, ask)
  return replies.filter((reply) => 'ok' in record(reply.value)).map((reply) => reply.worker)
}

/**
 * Tells the workers never to start these tasks, and with `terminate` to end those that run.
 *
 * An `ok` means only "remembered by this worker". On Celery 5.6 every worker also writes REVOKED to the result
 * backend at once, over a stored FAILURE: never call it for a finished task.
 */
export async function revoke(
  broker: Broker,
  taskIds: readonly string[],
  options: RevokeOptions,
): Promise<ActReply[]> {
  const { terminate, signalName = null, onReply, ...ask } = options
  // A list also for one id: Celery flags each element, and a bare string of 5.2 is wrapped by itself anyway.
  const args = { task_id: taskIds, terminate, signal: signalName }
  const replies = await broker.broadcast(
    { method: 'revoke', arguments: args, destination: ask.destination ?? null },
    { ...ask, ...(onReply && { onReply: (reply: ControlReply) => onReply(toActReply(reply)) }) },
  )
  return replies.map(toActReply)
}

/** Turns task events on until each worker restarts. `already` tells those that had them on. */
export async function enableEvents(
  broker: Broker,
  ask: Ask,
): Promise<{ worker: string; already: boolean }[]> {
  const replies = await broadcast(broker, 'enable_events', {}, ask)
  return replies.map((reply) => ({ worker: reply.worker, already: /already/.test(toActReply(reply).text) }))
}

/** Pool, processes and figures of each worker that answers. */
export async function stats(broker: Broker, ask: Ask): Promise<WorkerStats[]> {
  const replies = await broadcast(broker, 'stats', {}, ask)
  return replies.map(({ worker, value }) => parseStats(worker, value))
}

/** Tasks running now, per worker that answers. */
export async function active(broker: Broker, ask: Ask): Promise<WorkerTask[]> {
  return (await held(broker, 'active', ask)).flatMap(({ tasks }) => tasks)
}

/**
 * Tasks that each worker that answers runs (`active`), or has taken and not started (`reserved`, without those that wait
 * for their time). By worker: no answer is not an empty one.
 */
export async function held(
  broker: Broker,
  which: 'active' | 'reserved',
  ask: Ask,
): Promise<{ worker: string; tasks: readonly WorkerTask[] }[]> {
  return await listsOf(broker, which, ask, parseTask)
}

/** A task that a worker keeps until its time. */
export interface ScheduledTask extends WorkerTask {
  /** ISO 8601 as sent, or null. */
  readonly eta: string | null
}

/** Tasks that each worker that answers keeps for the time at which they are due (ETA, countdown). */
export async function scheduled(
  broker: Broker,
  ask: Ask,
): Promise<{ worker: string; tasks: readonly ScheduledTask[] }[]> {
  return await listsOf(broker, 'scheduled', ask, (worker, item) => {
    const { request, eta } = record(item)
    return parseTask(worker, request).map((task) => ({ ...task, eta: textOrNull(eta) }))
  })
}

/** The names of the tasks that each worker that answers can run, with their rate limits in brackets, as Celery has it. */
export async function registered(
  broker: Broker,
  ask: Ask,
): Promise<{ worker: string; tasks: readonly string[] }[]> {
  return await listsOf(broker, 'registered', ask, (_worker, name) => (typeof name === 'string' ? [name] : []))
}

/**
 * Of `shop.pay [rate_limit=10/m]`, as `registered` has it, the name; undefined where the rate is not limited. A task whose
 * rate is, while it waits for its turn, is in none of a worker's lists (`celery.worker.consumer.Consumer._limit_task`).
 */
export function rateLimitedName(told: string): string | undefined {
  return /^(.+) \[.*rate_limit=.*\]$/.exec(told)?.[1]
}

/** What each worker that answers lists. An error is no list, and not an empty one either. */
async function listsOf<T>(
  broker: Broker,
  method: InspectMethod,
  ask: Ask,
  parse: (worker: string, item: unknown) => T[],
): Promise<{ worker: string; tasks: readonly T[] }[]> {
  const replies = await broadcast(broker, method, {}, ask)
  return replies.flatMap(({ worker, value }) =>
    Array.isArray(value) ? [{ worker, tasks: list(value).flatMap((item) => parse(worker, item)) }] : [],
  )
}

/** A task that a worker has, and whether it runs it (`active`) or keeps it for later (`reserved`). */
export interface HeldTask extends WorkerTask {
  readonly state: 'active' | 'reserved'
}

/**
 * Which workers have these tasks now. Tasks that wait there for their ETA are not among them, and a worker forgets one as
 * soon as it has signalled its process, whether or not that obeys.
 */
export async function queryTasks(broker: Broker, taskIds: readonly string[], ask: Ask): Promise<HeldTask[]> {
  return (await heldByWorker(broker, taskIds, ask)).flatMap(({ tasks }) => tasks)
}

/** The same, with those that answer that they have none. */
export async function heldByWorker(
  broker: Broker,
  taskIds: readonly string[],
  ask: Ask,
): Promise<{ worker: string; tasks: readonly HeldTask[] }[]> {
  const replies = await broadcast(broker, 'query_task', { ids: taskIds }, ask)
  return replies.flatMap(({ worker, value }) =>
    !isPlainObject(value) || typeof value.error === 'string'
      ? []
      : [{ worker, tasks: Object.values(value).flatMap((held) => parseHeld(worker, held)) }],
  )
}

/** A queue that a worker consumes. */
export interface ConsumedQueue {
  readonly name: string
  /** It gets its own copy of what goes to a fanout exchange; on Redis nothing of that waits anywhere. */
  readonly fanout: boolean
}

/** The queues that each worker that answers consumes now. */
export async function activeQueues(
  broker: Broker,
  ask: Ask,
): Promise<{ worker: string; queues: readonly ConsumedQueue[] }[]> {
  const replies = await broadcast(broker, 'active_queues', {}, ask)
  // null: it consumes none yet. An error is no list of queues.
  return replies.flatMap(({ worker, value }) =>
    value === null || Array.isArray(value) ? [{ worker, queues: list(value).flatMap(parseQueue) }] : [],
  )
}

/** The ids that each worker that answers remembers as revoked. */
export async function revokedIds(
  broker: Broker,
  ask: Ask,
): Promise<{ worker: string; ids: ReadonlySet<string> }[]> {
  const replies = await broadcast(broker, 'revoked', {}, ask)
  return replies.map(({ worker, value }) => ({
    worker,
    ids: new Set(list(value).filter((id) => typeof id === 'string')),
  }))
}

/** Each worker's configured settings as it tells them (passwords already masked by Celery). */
export async function conf(broker: Broker, ask: Ask): Promise<{ worker: string; settings: Settings }[]> {
  const replies = await broadcast(broker, 'conf', {}, ask)
  return replies.map(({ worker, value }) => ({ worker, settings: record(value) }))
}

/** The same with the settings that nobody changed, and with what was added to those while the application started. */
export async function confWithDefaults(
  broker: Broker,
  ask: Ask,
): Promise<{ worker: string; settings: Settings }[]> {
  const replies = await broadcast(broker, 'conf', { with_defaults: true }, ask)
  return replies.map(({ worker, value }) => ({ worker, settings: record(value) }))
}

/** Commands that only tell, as Celery's `Inspect` has them; each worker answers in its own words. */
export type InspectMethod = 'active' | 'reserved' | 'scheduled' | 'stats' | 'registered'

/** What each worker that answers says, by worker, as it came. */
export async function inspect(
  broker: Broker,
  method: InspectMethod,
  ask: Ask,
): Promise<Record<string, unknown>> {
  const replies = await broadcast(broker, method, {}, ask)
  return Object.fromEntries(replies.map(({ worker, value }) => [worker, value]))
}

function broadcast(broker: Broker, method: string, args: Settings, ask: Ask): Promise<ControlReply[]> {
  return broker.broadcast({ method, arguments: args, destination: ask.destination ?? null }, ask)
}

export function toActReply(reply: ControlReply): ActReply {
  const { ok, error } = record(reply.value)
  const said = error ?? ok ?? reply.value
  return {
    worker: reply.worker,
    at: reply.at,
    ok: error === undefined && ok !== undefined,
    text: typeof said === 'string' ? said : JSON.stringify(said),
  }
}

function parseTask(worker: string, item: unknown): WorkerTask[] {
  const task = record(item)
  if (typeof task.id !== 'string') return []
  const queue = record(task.delivery_info).routing_key
  return [
    {
      id: task.id,
      name: textOrNull(task.name),
      worker,
      timeStart: numberOrNull(task.time_start),
      queue: textOrNull(queue),
      acknowledged: typeof task.acknowledged === 'boolean' ? task.acknowledged : null,
      pid: numberOrNull(task.worker_pid),
    },
  ]
}

function parseHeld(worker: string, held: unknown): HeldTask[] {
  const [state, info] = list(held)
  if (state !== 'active' && state !== 'reserved') return []
  return parseTask(worker, info).map((task) => ({ ...task, state }) as const)
}

function parseQueue(item: unknown): ConsumedQueue[] {
  const { name, exchange } = record(item)
  return typeof name === 'string' ? [{ name, fanout: record(exchange).type === 'fanout' }] : []
}
