import type { MalformedMessage, WireMessage } from './broker.js'
import { Malformed } from './errors.js'
import { isPlainObject } from './json-value.js'
import { decodeBody } from './messages.js'

/** What every Celery event carries. Times are epoch seconds. */
interface EventBase {
  /** Node name of the sender; for `task-sent` the client, `gen<pid>@<host>`. */
  readonly hostname: string
  readonly pid: number | null
  /** The sender's own wall clock; may be wrong, see `arrivedAt`. */
  readonly timestamp: number
  /** When it reached us, by our clock. */
  readonly arrivedAt: number
}

export interface TaskEventBase extends EventBase {
  readonly uuid: string
}

/** What `task-sent` and `task-received` tell about a task. Arguments are Python reprs, often cut short. */
export interface TaskDescription {
  readonly name: string | null
  readonly args: string | null
  readonly kwargs: string | null
  readonly rootId: string | null
  readonly parentId: string | null
  readonly retries: number | null
  /** ISO 8601 as sent, or null. */
  readonly eta: string | null
  readonly expires: string | null
  /** Only `task-sent` knows these three. */
  readonly queue: string | null
  readonly exchange: string | null
  readonly routingKey: string | null
}

export type TaskEvent = TaskEventBase &
  (
    | { readonly type: 'task-sent' | 'task-received'; readonly task: TaskDescription }
    | { readonly type: 'task-started' | 'task-cancelled' }
    | { readonly type: 'task-succeeded'; readonly result: string | null; readonly runtime: number | null }
    | {
        readonly type: 'task-failed' | 'task-retried'
        readonly exception: string | null
        readonly traceback: string | null
      }
    | {
        readonly type: 'task-revoked'
        readonly terminated: boolean
        /** A number, a name such as `SIGTERM`, or null. */
        readonly signum: number | string | null
        readonly expired: boolean
      }
    | { readonly type: 'task-rejected'; readonly requeue: boolean }
    | {
        /** Whom a task belongs to, as our hooks in the application say (python/crisper_hooks.py); unread. */
        readonly type: 'crisper-context'
        readonly fields: Readonly<Record<string, unknown>>
      }
    | {
        /** Whatever a task sent itself with `send_event('task-…')`. */
        readonly type: 'custom'
        readonly name: string
        readonly fields: Readonly<Record<string, unknown>>
      }
  )

export type TaskEventType = TaskEvent['type']

/** `worker-online`, `worker-heartbeat`, `worker-offline`. A value the worker did not send, or sent as null, is null. */
export interface WorkerEvent extends EventBase {
  readonly type: 'worker-online' | 'worker-heartbeat' | 'worker-offline'
  /** Seconds between heartbeats. */
  readonly freq: number | null
  readonly active: number | null
  readonly processed: number | null
  readonly loadavg: readonly number[] | null
  readonly swVer: string | null
  readonly swSys: string | null
}

export type CeleryEvent = TaskEvent | WorkerEvent

/** What one message held: the good events in order, and the bad ones each with its reason and the start of its text. */
export interface DecodedEvents {
  readonly events: readonly CeleryEvent[]
  readonly malformed: readonly { readonly problem: Malformed; readonly sample: string }[]
}

/** Longest task id that is stored; longer ones are rejected and counted. */
export const maxIdLength = 255
const sampleLength = 200

/**
 * Decodes one message of the event stream. Its body is one event or a list of them (`task.multi`); a bad element
 * costs only itself. Never throws.
 *
 * `task-*` of unknown type are kept as `custom`; anything that is neither task nor worker event nor one of our hooks is
 * skipped silently, since applications may send events of their own on the same exchange.
 */
export function decodeEvents(message: WireMessage | MalformedMessage): DecodedEvents {
  if (!message.ok) return { events: [], malformed: [message] }
  let body: unknown
  try {
    body = decodeBody(message)
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return { events: [], malformed: [{ problem: error, sample: sampleOf(message.body.toString('latin1')) }] }
  }

  const arrivedAt = message.arrivedAt.getTime() / 1000
  const events: CeleryEvent[] = []
  const malformed: { problem: Malformed; sample: string }[] = []
  for (const element of Array.isArray(body) ? body : [body]) {
    try {
      const event = parseEvent(element, arrivedAt)
      if (event === undefined) continue
      events.push(event)
      if (clockIsMissing(element)) {
        // The event is whole without it (we order by time, not by clock), so it counts as odd but is not lost.
        malformed.push({
          problem: new Malformed('bad_clock', 'an event without a clock'),
          sample: sampleOf(element),
        })
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      malformed.push({ problem: error, sample: sampleOf(element) })
    }
  }
  return { events, malformed }
}

type Fields = Readonly<Record<string, unknown>>

function parseEvent(element: unknown, arrivedAt: number): CeleryEvent | undefined {
  if (!isPlainObject(element)) throw new Malformed('not_an_object', 'an event that is no object')
  const fields: Fields = element
  const type = fields.type
  if (typeof type !== 'string' || type === '') throw new Malformed('no_type', 'an event without a type')
  if (type.startsWith('task-') || type === 'crisper-context') return parseTaskEvent(type, fields, arrivedAt)
  if (type === 'worker-online' || type === 'worker-heartbeat' || type === 'worker-offline') {
    return parseWorkerEvent(type, fields, arrivedAt)
  }
  return undefined
}

function parseBase(fields: Fields, arrivedAt: number): EventBase {
  const { hostname, timestamp } = fields
  if (typeof hostname !== 'string' || hostname === '') {
    throw new Malformed('no_hostname', 'an event without a hostname')
  }
  if (typeof timestamp !== 'number' || !Number.isFinite(timestamp) || timestamp <= 0) {
    throw new Malformed('bad_timestamp', 'an event whose timestamp is no number')
  }
  return { hostname, pid: integer(fields.pid), timestamp, arrivedAt }
}

function parseTaskEvent(type: string, fields: Fields, arrivedAt: number): TaskEvent {
  const { uuid } = fields
  if (typeof uuid !== 'string' || uuid === '') throw new Malformed('no_uuid', `a ${type} without a uuid`)
  if (uuid.length > maxIdLength) {
    throw new Malformed('uuid_too_long', `a ${type} whose uuid has over ${maxIdLength} characters`)
  }
  const { hostname, pid, timestamp } = parseBase(fields, arrivedAt)
  // Written out: to spread what they share would cost twice as much to make, and to keep.
  switch (type) {
    case 'task-sent':
    case 'task-received':
      return { type, uuid, hostname, pid, timestamp, arrivedAt, task: parseDescription(fields) }
    case 'task-started':
    case 'task-cancelled':
      return { type, uuid, hostname, pid, timestamp, arrivedAt }
    case 'task-succeeded': {
      const [result, runtime] = [text(fields.result), seconds(fields.runtime)]
      return { type, uuid, hostname, pid, timestamp, arrivedAt, result, runtime }
    }
    case 'task-failed':
    case 'task-retried': {
      const [exception, traceback] = [text(fields.exception), text(fields.traceback)]
      return { type, uuid, hostname, pid, timestamp, arrivedAt, exception, traceback }
    }
    case 'task-revoked': {
      const signum = integer(fields.signum) ?? text(fields.signum)
      const [terminated, expired] = [fields.terminated === true, fields.expired === true]
      return { type, uuid, hostname, pid, timestamp, arrivedAt, terminated, signum, expired }
    }
    case 'task-rejected':
      return { type, uuid, hostname, pid, timestamp, arrivedAt, requeue: fields.requeue === true }
    case 'crisper-context':
      return { type, uuid, hostname, pid, timestamp, arrivedAt, fields }
    default:
      return { type: 'custom', name: type, uuid, hostname, pid, timestamp, arrivedAt, fields }
  }
}

function parseDescription(fields: Fields): TaskDescription {
  return {
    name: text(fields.name),
    args: text(fields.args),
    kwargs: text(fields.kwargs),
    rootId: text(fields.root_id),
    parentId: text(fields.parent_id),
    retries: integer(fields.retries),
    eta: text(fields.eta),
    expires: text(fields.expires),
    queue: text(fields.queue),
    exchange: text(fields.exchange),
    routingKey: text(fields.routing_key),
  }
}

function parseWorkerEvent(type: WorkerEvent['type'], fields: Fields, arrivedAt: number): WorkerEvent {
  const { loadavg } = fields
  return {
    ...parseBase(fields, arrivedAt),
    type,
    freq: seconds(fields.freq),
    active: integer(fields.active),
    processed: integer(fields.processed),
    loadavg:
      Array.isArray(loadavg) && loadavg.every((n) => typeof n === 'number' && Number.isFinite(n))
        ? loadavg
        : null,
    swVer: text(fields.sw_ver),
    swSys: text(fields.sw_sys),
  }
}

function clockIsMissing(element: unknown): boolean {
  return isPlainObject(element) && typeof element.clock !== 'number'
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function integer(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null
}

function seconds(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null
}

function sampleOf(value: unknown): string {
  const whole = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return whole.slice(0, sampleLength)
}
