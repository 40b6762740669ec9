import type { TaskDescription, TaskEvent } from '../celery/events.js'
import type { Redactor } from '../redaction/redactor.js'
import { canonical, compact } from './canonical.js'
import { contextOf } from './context.js'
import type { JobState } from './job.js'
import type { OwnerReader } from './ownership.js'
import { progressOf } from './progress.js'
import type { Context, Description, Owner, StateRegister, TaskRecord, TimelineEntry } from './record.js'
import { redactEvent } from './redact-event.js'
import { type CappedText, capped, storable } from './storable.js'

/** A task event placed in time: `at` is when it happened as far as we can tell (see clock.ts), in epoch seconds. */
export interface PlacedEvent {
  readonly event: TaskEvent
  readonly at: number
  /** Seconds by which the sender's clock is off, where it is known to be wrong. */
  readonly clockSkew?: number
}

/** Characters kept of arguments, results and tracebacks; what was longer says how long it was. */
export const textLimit = 64 * 1024

/** How events are read. */
export interface Reading {
  readonly ownerOf: OwnerReader
  readonly redactor: Redactor
}

/**
 * What one event alone tells about its task, without secrets; `mergeRecords` joins it with the rest. Whom it belongs to is
 * read before anything is taken out. `sent` is what is known of its publisher, where that is at hand: what a worker repeats is
 * not read again.
 */
export function recordOfEvent(
  told: PlacedEvent,
  { ownerOf, redactor }: Reading,
  sent?: Description,
): TaskRecord {
  const { at } = told
  const repeated = sent !== undefined && repeats(told.event, sent)
  const event = repeated ? told.event : redactEvent(told.event, redactor)
  const owner = repeated ? sent.owner : 'task' in told.event ? ownerOf(told.event.task) : undefined
  const description = 'task' in event ? describe(event.task, at, owner) : undefined
  const progress = told.event.type === 'custom' ? progressOf(told.event.fields, at) : undefined
  const context = contextOfEvent(told.event, at, redactor)
  // Progress is kept as one register, not as history: a task may send a thousand a second. A context is no happening.
  const happened = progress === undefined && context === undefined && event.type !== 'crisper-context'
  return {
    taskId: storable(event.uuid),
    firstSeenAt: at,
    state: stateOf(event, at, progress !== undefined),
    sent: event.type === 'task-sent' ? description : undefined,
    sentAt: event.type === 'task-sent' ? at : undefined,
    received: event.type === 'task-received' ? description : undefined,
    firstStartedAt: event.type === 'task-started' ? at : undefined,
    lastStartedAt: event.type === 'task-started' ? at : undefined,
    progress,
    context,
    timeline: happened ? [entryOf(event, told)] : [],
  }
}

/** Whether it carries the very arguments that were sent. A text that had a secret in it was kept without, so it differs. */
function repeats(event: TaskEvent, { name, args, kwargs }: Description): boolean {
  return (
    event.type === 'task-received' &&
    event.task.name === name &&
    isWhole(event.task.args, args) &&
    isWhole(event.task.kwargs, kwargs)
  )
}

function isWhole(text: string | null, kept: CappedText | undefined): boolean {
  return text === (kept?.text ?? null) && kept?.size === undefined
}

function contextOfEvent(event: TaskEvent, at: number, redactor: Redactor): Context | undefined {
  // Progress may bring `meta` along, and nothing else of it.
  const tellsMeta = event.type === 'custom' && event.name === 'task-progress'
  if (!tellsMeta && event.type !== 'crisper-context') return undefined
  const meta = redactor.json(event.fields.meta)
  return contextOf(tellsMeta ? { meta } : { ...event.fields, meta }, at)
}

/** What a message says of its task, in a form that can be stored. */
export function describe(task: TaskDescription, at: number, owner: Owner | undefined): Description {
  return compact<Description>({
    at,
    name: storableOrNone(task.name),
    args: task.args === null ? undefined : capped(task.args, textLimit),
    kwargs: task.kwargs === null ? undefined : capped(task.kwargs, textLimit),
    rootId: storableOrNone(task.rootId),
    // A retried task names itself as its parent.
    parentId: storableOrNone(task.parentId),
    retries: task.retries ?? undefined,
    eta: storableOrNone(task.eta),
    expires: storableOrNone(task.expires),
    queue: storableOrNone(task.queue),
    exchange: storableOrNone(task.exchange),
    routingKey: storableOrNone(task.routingKey),
    owner,
  })
}

/** Places in a task's life; of two events at the same time the later phase wins. */
export const phases = { sent: 0, received: 1, started: 2, progress: 3, retried: 4, terminal: 5 } as const

/**
 * Seconds that a kind of ending is ahead of its timestamp, so that clocks that differ between hosts don't bring a
 * finished task back, and a task that succeeded before its revoke stays SUCCESS.
 */
export const headStart = { failure: 60, revoked: 90, success: 120 } as const

function stateOf(event: TaskEvent, at: number, tellsProgress: boolean): StateRegister | undefined {
  const told = (decided: Decided) => register(event, at, decided)
  switch (event.type) {
    case 'task-sent':
      return { state: 'SENT', fromWorker: false, at, rank: at, phase: phases.sent }
    case 'task-received':
      return told({ state: 'RECEIVED', phase: phases.received })
    case 'task-started':
      return told({ state: 'STARTED', phase: phases.started })
    case 'task-succeeded':
      return told({
        state: 'SUCCESS',
        phase: phases.terminal,
        ahead: isEcho(event) ? 0 : headStart.success,
        result: event.result === null ? undefined : capped(event.result, textLimit),
        runtime: event.runtime ?? undefined,
      })
    case 'task-failed':
      return told({
        ...failureOf(event),
        state: 'FAILURE',
        phase: phases.terminal,
        ahead: headStart.failure,
      })
    case 'task-retried':
      return told({ ...failureOf(event), state: 'RETRY', phase: phases.retried })
    case 'task-revoked':
      return told({
        state: 'REVOKED',
        phase: phases.terminal,
        // SIGUSR1 only asks: the task then fails with SoftTimeLimitExceeded, and that is the truth.
        ahead: isUsr1(event.signum) ? 0 : headStart.revoked,
        revoked: whyRevoked(event),
      })
    case 'task-rejected':
      return event.requeue
        ? told({ state: 'SENT', phase: phases.retried })
        : told({
            state: 'FAILURE',
            phase: phases.terminal,
            ahead: headStart.failure,
            exception: { text: 'Rejected by the task, without requeue' },
          })
    case 'task-cancelled':
      // The worker lost its broker and gave the message back: it will be delivered again.
      return told({ state: 'SENT', phase: phases.retried })
    case 'crisper-context':
      return undefined
    case 'custom':
      return tellsProgress ? told({ state: 'PROGRESS', phase: phases.progress }) : undefined
  }
}

/** What an event of a worker decides; `ahead` is its head start. */
interface Decided extends Pick<StateRegister, 'state' | 'phase'> {
  readonly ahead?: number
  readonly result?: StateRegister['result'] | undefined
  readonly runtime?: number | undefined
  readonly exception?: StateRegister['exception'] | undefined
  readonly traceback?: StateRegister['traceback'] | undefined
  readonly revoked?: string | undefined
}

function register(event: TaskEvent, at: number, decided: Decided): StateRegister {
  return compact<StateRegister>({
    state: decided.state,
    fromWorker: true,
    at,
    rank: at + (decided.ahead ?? 0),
    phase: decided.phase,
    worker: storable(event.hostname),
    pid: event.pid ?? undefined,
    result: decided.result,
    runtime: decided.runtime,
    exception: decided.exception,
    traceback: decided.traceback,
    revoked: decided.revoked,
    source: undefined,
  })
}

/**
 * Celery 5.6 reports a failure seen by the parent process as the literal `ExceptionWithTraceback()`; the truth is the
 * last line of the traceback.
 */
function failureOf(event: { readonly exception: string | null; readonly traceback: string | null }) {
  const lastLine = event.traceback?.trimEnd().split('\n').at(-1)?.trim()
  const opaque = event.exception === null || event.exception.startsWith('ExceptionWithTraceback(')
  const exception = opaque && lastLine ? lastLine : event.exception
  return {
    exception: exception === null ? undefined : capped(exception, textLimit),
    traceback: event.traceback === null ? undefined : capped(event.traceback, textLimit, 'end'),
  }
}

function isUsr1(signum: number | string | null): boolean {
  return signum === 'SIGUSR1' || signum === 'USR1' || signum === 10
}

/**
 * A greenlet that was killed makes its worker announce two ends in either order: `task-revoked`, and a `task-succeeded`
 * without result and runtime, which a real one always has (`celery.worker.request.Request.on_success`). Seen with
 * eventlet, and with gevent from 5.5 on.
 */
function isEcho(event: { readonly result: string | null; readonly runtime: number | null }): boolean {
  return event.result === null && event.runtime === null
}

const signalNames: Readonly<Record<number, string>> = {
  2: 'SIGINT',
  3: 'SIGQUIT',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  15: 'SIGTERM',
}

function whyRevoked(event: {
  readonly expired: boolean
  readonly terminated: boolean
  readonly signum: number | string | null
}): StateRegister['revoked'] {
  if (event.expired) return 'expired'
  if (!event.terminated) return 'revoked'
  const { signum } = event
  const signal = typeof signum === 'number' ? (signalNames[signum] ?? `signal ${signum}`) : signum
  return signal === null ? 'terminated' : `terminated (${storable(signal)})`
}

function entryOf(event: TaskEvent, { at, clockSkew }: PlacedEvent): TimelineEntry {
  return compact<TimelineEntry>({
    id: undefined,
    type: event.type === 'custom' ? storable(event.name) : event.type,
    at,
    timestamp: event.timestamp === at ? undefined : event.timestamp,
    worker: storable(event.hostname),
    pid: event.pid ?? undefined,
    retries: 'task' in event ? (event.task.retries ?? undefined) : undefined,
    exception: 'exception' in event ? failureOf(event).exception?.text.slice(0, 2000) : undefined,
    runtime: event.type === 'task-succeeded' ? (event.runtime ?? undefined) : undefined,
    note: noteOf(event),
    clockSkew,
  })
}

function noteOf(event: TaskEvent): string | undefined {
  if (event.type === 'task-revoked') return whyRevoked(event)
  if (event.type === 'task-rejected') return event.requeue ? 'requeued' : 'not requeued'
  return event.type === 'custom' ? capped(canonical(event.fields), 1000).text : undefined
}

function storableOrNone(text: string | null): string | undefined {
  return text === null ? undefined : storable(text)
}

/** The state that a stop writes before Celery confirms it: no head start, so a task that starts all the same shows. */
export function stoppedRegister(at: number): StateRegister {
  const state: JobState = 'REVOKED'
  return { state, fromWorker: true, at, rank: at, phase: phases.terminal, revoked: 'revoked' }
}

/** Whether it is a stop's own REVOKED, which Celery has not confirmed: that of an event has a head start. */
export function isPromise({ state, source, rank, at }: StateRegister): boolean {
  return state === 'REVOKED' && source === undefined && rank === at
}

/** The state that a stop gives back when it is taken back: later than its REVOKED, earlier than whatever comes next. */
export function resumedRegister(at: number, state: JobState): StateRegister {
  return { state, fromWorker: true, at, rank: at, phase: phases.received }
}

/** A process was seen to be gone: as good as the worker's own `task-revoked`. */
export function terminatedRegister(at: number, worker: string): StateRegister {
  return { ...stoppedRegister(at), rank: at + headStart.revoked, worker, revoked: 'terminated' }
}
