import { ownerOfContext, plainMeta } from './context.js'
import { isFinished, type Job, type Json } from './job.js'
import { literalAsJson } from './literal-json.js'
import type { Description, Owner, PurgeMark, StateRegister, StopMark, TaskRecord } from './record.js'
import { fitting } from './storable.js'
import type { TaskTypes } from './task-types.js'

/** Characters that the contract's columns hold. */
export const width = { taskName: 255, queue: 100, worker: 200, kind: 64, tenantId: 64 } as const

/** A job row without its `id`, which the database gives. */
export type DerivedJob = Omit<Job, 'id'>

/** Task names we could not learn: its `received` was missed, and only such events carry the name. */
export const unknownName = 'unknown'

/** The job row as a pure function of what is known. */
export function deriveJob(record: TaskRecord, types: TaskTypes): DerivedJob {
  const { sent, received, queued, progress } = record
  const state = trueState(record)
  const taskName = nameOf(record)
  const owner = ownerOf(record)
  const taskType = types.of(taskName)
  const finishedAt = state !== undefined && isFinished(state.state) ? state.at : null
  const queue = sent?.queue ?? sent?.routingKey ?? queued?.queue ?? record.told?.queue
  return {
    taskId: record.taskId,
    taskName: fitting(taskName, width.taskName),
    queue: queue === undefined ? null : fitting(queue, width.queue),
    worker: workerOf(record),
    kind: fitting(record.context?.kind?.value ?? taskType, width.kind),
    tenantId: owner.tenantId === undefined ? null : fitting(owner.tenantId, width.tenantId),
    createdById: owner.createdById ?? null,
    // A message that waits was sent, whether or not somebody said so.
    state: state?.state ?? (queued === undefined ? 'PENDING' : 'SENT'),
    createdAt: date(record.firstSeenAt),
    enqueuedAt: dateOrNull(record.sentAt),
    startedAt: dateOrNull(startOf(record, state, finishedAt)),
    finishedAt: finishedAt === null ? null : date(finishedAt),
    eta: isoDate((received ?? sent ?? queued)?.eta),
    expires: isoDate((received ?? sent ?? queued)?.expires),
    retries: retriesOf(record),
    maxRetries: 0,
    priority: null,
    total: progress?.total ?? null,
    done: progress?.done ?? null,
    byCategory: (progress?.byCategory as Json | undefined) ?? null,
    meta: {
      ...plainMeta(record.context),
      task_type: taskType,
      ...(owner.companyId === undefined ? {} : { company_id: owner.companyId }),
    },
    result: state?.state === 'SUCCESS' && state.result ? literalAsJson(state.result) : null,
    error: errorOf(state, record),
  }
}

/**
 * The state that holds: the latest event's, but not that of a `task-revoked` whose process was seen to run on. Celery
 * says no more of such a task until it ends: a success outranks the revoke by itself, a failure is in the timeline.
 */
function trueState({ state, survivedAt, timeline }: TaskRecord): StateRegister | undefined {
  if (
    state?.revoked?.startsWith('terminated') !== true ||
    survivedAt === undefined ||
    survivedAt < state.at
  ) {
    return state
  }
  const { revoked: _, ...rest } = state
  const failure = timeline.findLast(({ type, at }) => type === 'task-failed' && at >= state.at)
  if (failure === undefined) return { ...rest, state: 'STARTED' }
  return {
    ...rest,
    state: 'FAILURE',
    at: failure.at,
    ...(failure.exception !== undefined && { exception: { text: failure.exception } }),
  }
}

/** The worker that last had it. Our own stop names none: then the one that took the task before. */
function workerOf({ state, timeline }: TaskRecord): string | null {
  if (state === undefined || !state.fromWorker) return null
  const worker =
    state.worker ??
    timeline.findLast(({ type }) => /^(task-(received|started)|reconcile-running)$/.test(type))?.worker
  return worker === undefined ? null : fitting(worker, width.worker)
}

function nameOf(record: TaskRecord): string {
  const told = record.received?.name ?? record.sent?.name ?? record.queued?.name ?? record.told?.name
  if (told !== undefined) return told
  // A worker that doesn't know a task fails it without ever saying `received`; the exception holds the name.
  return /^NotRegistered\('(.+)'\)$/.exec(record.state?.exception?.text ?? '')?.[1] ?? unknownName
}

/** What the application's hooks say first, then the message's own words (sent), then what the worker read from it. */
export function ownerOf({ received, sent, queued, context }: TaskRecord): Owner {
  return { ...received?.owner, ...queued?.owner, ...sent?.owner, ...(context && ownerOfContext(context)) }
}

/** The fullest description there is: a worker's, filled up from the publisher's, and that from the message itself. */
export function descriptionOf(record: TaskRecord): Partial<Description> {
  const { parentId: _, ...merged }: Partial<Description> = {
    ...record.queued,
    ...record.sent,
    ...record.received,
  }
  const parentId = parentOf(record)
  return parentId === undefined ? merged : { ...merged, parentId }
}

export function rootOf({ received, sent, queued }: TaskRecord): string | undefined {
  return received?.rootId ?? sent?.rootId ?? queued?.rootId
}

export function parentOf({ taskId, received, sent, queued }: TaskRecord): string | undefined {
  // A retried task names itself as its parent: that would make trees loop.
  const parents = [received?.parentId, sent?.parentId, queued?.parentId]
  return parents.find((parent) => parent !== undefined && parent !== taskId)
}

/** `ValueError` of `ValueError('no column')` and of `app.errors.Broken: no column`. */
export function exceptionTypeOf(text: string | undefined): string | null {
  return /^([\w.]+)\s*[(:]/.exec(text ?? '')?.[1] ?? null
}

/**
 * When the run that counts began: the latest start, but not one after the end (a redelivered run can begin while the
 * first one's SUCCESS still stands). Never after the end, so durations are never negative.
 */
function startOf(
  record: TaskRecord,
  state: StateRegister | undefined,
  finishedAt: number | null,
): number | undefined {
  const { firstStartedAt: first, lastStartedAt: last } = record
  if (finishedAt === null) return last
  if (last !== undefined && last <= finishedAt) return last
  if (state?.runtime !== undefined) return finishedAt - state.runtime
  return first !== undefined && first <= finishedAt ? first : undefined
}

/** Retries so far: what the messages say, or how often it was seen to retry. */
function retriesOf({ sent, received, queued, timeline }: TaskRecord): number {
  const told = Math.max(sent?.retries ?? 0, received?.retries ?? 0, queued?.retries ?? 0)
  const seen = timeline.filter(({ type }) => type === 'task-retried').length
  return Math.max(told, seen)
}

function errorOf(state: StateRegister | undefined, { stop, purge }: TaskRecord): string | null {
  if (state?.state === 'FAILURE') return state.exception?.text ?? 'failed without saying why'
  if (state?.state !== 'REVOKED') return null
  if (state.revoked === 'expired') return 'Expired before a worker could start it'
  // What Celery itself revoked names a worker.
  const isPurge = purge !== undefined && state.worker === undefined && purge.at >= (stop?.at ?? 0)
  if (isPurge) return purgeText(purge)
  if (stop !== undefined) return stopText(stop)
  return state.revoked === 'revoked' || state.revoked === undefined ? 'Revoked' : `Revoked: ${state.revoked}`
}

/** "Hard stopped by ana: duplicate import". */
function stopText({ mode, by, reason }: StopMark): string {
  const who = `${mode === 'hard' ? 'Hard' : 'Soft'} stopped by ${by}`
  return reason === undefined ? who : `${who}: ${reason}`
}

/** "Purged from the queue imports by ana: wrong file". */
function purgeText({ queue, by, reason }: PurgeMark): string {
  const who = `Purged from the queue ${queue} by ${by}`
  return reason === undefined ? who : `${who}: ${reason}`
}

function isoDate(text: string | undefined): Date | null {
  if (text === undefined) return null
  const parsed = new Date(text)
  return isStorable(parsed) ? parsed : null
}

function date(epochSeconds: number): Date {
  return new Date(epochSeconds * 1000)
}

function dateOrNull(epochSeconds: number | undefined): Date | null {
  return epochSeconds === undefined ? null : date(epochSeconds)
}

/** PostgreSQL holds years up to 294276; nobody means even the year 9999. */
function isStorable(value: Date): boolean {
  const time = value.getTime()
  return Number.isFinite(time) && time > -62_135_596_800_000 && time < 253_402_300_800_000
}
