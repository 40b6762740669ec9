import type { HeldTask, WorkerTask } from '../celery/control.js'
import type { TaskMeta } from '../celery/results/backend.js'
import { isFinished, isRunning } from '../tasks/job.js'
import { mergeRecords } from '../tasks/merge.js'
import type { TaskRecord } from '../tasks/record.js'
import {
  recordOfFound,
  recordOfResult,
  recordOfRetry,
  recordOfRunning,
  revokedBecause,
} from '../tasks/record-of-evidence.js'
import { type Candidate, isLost } from './candidates.js'
import type { Presence } from './whereabouts.js'

/** What Celery says of one task at one time. */
export interface Evidence {
  /** Of the result backend; undefined where it holds nothing. */
  readonly meta: TaskMeta | undefined
  /** The worker that has it. */
  readonly holder: WorkerTask | HeldTask | undefined
  /** The worker that had it last; null where none is known. */
  readonly presence: Presence | null
  /** Every worker that is online answered. */
  readonly allAnswered: boolean
  /** Epoch seconds, by our clock, after all was asked. */
  readonly now: number
}

export type Verdict =
  /** Its record is told this. */
  | { readonly kind: 'healed' | 'found'; readonly news: TaskRecord }
  /** Nobody has it, as far as this look tells. */
  | { readonly kind: 'absent'; readonly why: Exclude<Presence, { kind: 'silent' }> }
  /** Its worker gave no answer. */
  | { readonly kind: 'unanswered' }
  /** As it should be. */
  | { readonly kind: 'fine' }

const fine: Verdict = { kind: 'fine' }

/**
 * What the evidence means for a task. Pure.
 *
 * Nothing here decides against the events: what it makes joins with them by the time at which it happened (merge.ts).
 */
export function judge(task: Candidate, evidence: Evidence): Verdict {
  const { meta, holder, presence, now } = evidence
  const ended = meta && endOf(task, meta, evidence)
  if (ended !== undefined) return { kind: 'healed', news: ended }
  // The application's own word, in its table.
  if (isFinished(task.state)) return healedByRow(task, now)
  if (holder !== undefined) return heldBy(task, holder, now)
  if (
    meta?.status === 'RETRY' &&
    isOfThisRun(task, meta) &&
    presence !== null &&
    presence.kind !== 'silent'
  ) {
    return task.state === 'RETRY'
      ? fine
      : { kind: 'healed', news: recordOfRetry(meta, dateOf(task, meta, now)) }
  }
  // A message waits in the broker for these; RETRY is told when the next one is sent.
  if (task.state === 'SENT' || task.state === 'PENDING' || task.state === 'RETRY') return fine
  if (presence === null || presence.kind === 'silent') return { kind: 'unanswered' }
  if (presence.kind === 'answers' && waitsForItsTime(task, now)) return fine
  return { kind: 'absent', why: presence }
}

/** The end that the result backend tells, where it is the end of what the task is about now. */
function endOf(task: Candidate, meta: TaskMeta, evidence: Evidence): TaskRecord | undefined {
  const { status } = meta
  if (status !== 'SUCCESS' && status !== 'FAILURE' && status !== 'REVOKED') return undefined
  // A row that is given up (lost.ts) may still be mended; one that is finished otherwise is not ours to change.
  if (isFinished(task.state) && task.record?.state?.source !== 'reconcile') return undefined
  const at = dateOf(task, meta, evidence.now)
  if (isOfEarlierRun(task, meta, at, evidence.holder)) return undefined
  if (status === 'REVOKED' && (isOlder(at, task) || !isTrulyRevoked(task, meta, evidence))) return undefined
  return recordOfResult(meta, status, at, task.worker)
}

/** Than what a worker said last: without a head start it would change nothing. */
function isOlder(at: number, { record }: Candidate): boolean {
  return record?.state?.fromWorker === true && at < record.state.at
}

/** The same message can run twice, and the first result stays stored while the second run goes on. */
function isOfEarlierRun(
  { record }: Candidate,
  { dateDone }: TaskMeta,
  at: number,
  holder: Evidence['holder'],
): boolean {
  if (holder !== undefined && holder.timeStart !== null) return dateDone === null || at < holder.timeStart
  return record?.lastStartedAt !== undefined && at < record.lastStartedAt - sameRunS
}

/** Seconds by which the clocks of one host's processes, and of a database that rounds, may differ. */
const sameRunS = 2

/**
 * Celery 5.6 stores REVOKED as soon as any worker hears a revoke, also of a task that then runs on: of one that runs it
 * counts only when its worker lives, has it no longer, and terminated it. One that does not run won't be started by a
 * worker that remembers; should it start all the same, its events say so.
 */
function isTrulyRevoked(
  task: Candidate,
  meta: TaskMeta,
  { holder, presence, allAnswered }: Evidence,
): boolean {
  if (holder !== undefined) return false
  if (!isRunning(task.state)) return allAnswered && presence?.kind !== 'silent'
  return presence?.kind === 'answers' && revokedBecause(meta) === 'terminated'
}

/** Without a date (Redis stores none with RETRY) it is of this run where there was no retry before. */
function isOfThisRun({ record }: Candidate, { dateDone }: TaskMeta): boolean {
  if (record === undefined) return false
  if (dateDone !== null && record.lastStartedAt !== undefined) {
    return dateDone.getTime() / 1000 >= record.lastStartedAt - sameRunS
  }
  const retried = record.timeline.some(({ type }) => /^(task-retried|reconcile-retry)$/.test(type))
  return !retried && (record.received?.retries ?? 0) === 0
}

/**
 * When it ended. The host that stored it may have another clock than ours: its tasks' events are then placed by arrival,
 * and say by how much it is off. Never later than now.
 */
function dateOf({ record }: Candidate, { dateDone }: TaskMeta, now: number): number {
  if (dateDone === null) return now
  const latest = record?.timeline.findLast(({ worker }) => worker !== undefined)
  return Math.min(dateDone.getTime() / 1000 - (latest?.clockSkew ?? 0), now)
}

function heldBy(task: Candidate, holder: WorkerTask | HeldTask, now: number): Verdict {
  const lost = isLost(task) ? task.record : undefined
  const runs = !('state' in holder) || holder.state === 'active'
  const isNews = !isRunning(task.state) || task.worker !== holder.worker
  if (runs && holder.timeStart !== null && isNews && now - holder.timeStart > eventWaitS) {
    const running = recordOfRunning(holder, Math.min(holder.timeStart, now))
    return lost === undefined
      ? { kind: 'healed', news: running }
      : { kind: 'found', news: mergeRecords(running, foundAt(holder, lost, now)) }
  }
  return lost === undefined ? fine : { kind: 'found', news: foundAt(holder, lost, now) }
}

function foundAt({ worker }: WorkerTask, record: TaskRecord, now: number): TaskRecord {
  return recordOfFound(record, now, `${worker} has it`)
}

/** Seconds for an event that is on its way. */
const eventWaitS = 5

function healedByRow(task: Candidate, now: number): Verdict {
  const { record } = task
  const givenUp = record?.state?.source === 'reconcile'
  if (record === undefined || givenUp || !isLost(task)) return fine
  return { kind: 'found', news: recordOfFound(record, now, `the job table says ${task.state}`) }
}

/** Its worker holds it back until then, in a list that is not asked for. */
function waitsForItsTime({ state, record }: Candidate, now: number): boolean {
  const eta = record?.received?.eta
  return state === 'RECEIVED' && eta !== undefined && Date.parse(eta) / 1000 > now
}
