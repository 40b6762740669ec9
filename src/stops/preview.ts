import type { HeldTask, PoolKind } from '../celery/control.js'
import type { Job } from '../tasks/job.js'
import { alternatives } from './errors.js'
import { finishedState, type TaskFacts, whereRuns } from './facts.js'

/** Where a task is, as far as can be told now. */
type Place = 'queued' | 'reserved' | 'scheduled' | 'running' | 'finished' | 'unknown'

/** Names what a stop would do, for those who say it in other words or another language. */
export const effectCodes = [
  'nothing',
  'runs_on',
  'dropped_on_worker',
  'dropped_at_eta',
  'dropped_from_queue',
  'dropped_without_worker',
  'dropped_if_seen',
  'refused',
  'greenlet_killed',
  'tried',
  'signalled',
] as const

export const noteCodes = [
  'stopped_already',
  'acks_late',
  'waits_for_retry',
  'retry_dropped',
  'unconfirmed',
] as const

interface Note {
  readonly code: (typeof noteCodes)[number]
  readonly text: string
}

interface Effect {
  readonly code: (typeof effectCodes)[number]
  /** Whether the stop would be taken. */
  readonly possible: boolean
  /** What it would do, in one or two sentences. */
  readonly effect: string
}

export interface Preview {
  readonly place: Place
  readonly state: string | null
  readonly queue: string | null
  readonly worker: string | null
  readonly pool: PoolKind | null
  readonly canTerminate: boolean | null
  readonly runningSeconds: number | null
  readonly eta: Date | null
  /** The message is acknowledged only after the run (`acks_late`). null where it can't be told. */
  readonly acknowledgedLate: boolean | null
  readonly soft: Effect
  readonly hard: Effect
  /** What else one should know before. */
  readonly notes: readonly Note[]
}

/** What preview looks at: facts, who holds the task, and the pool of the worker that has it. */
export interface PreviewInput {
  readonly facts: TaskFacts
  readonly held: HeldTask | undefined
  readonly pool: PoolKind | null
  readonly canTerminate: boolean | null
  /** Whether any worker is known to be there. */
  readonly workersOnline: number
  readonly alreadyStopped: boolean
  readonly now: Date
}

/** What a stop would do to a task now. Pure. */
export function previewOf(input: PreviewInput): Preview {
  const { facts, held, now } = input
  const { job } = facts
  const place = placeOf(input)
  const worker =
    held?.worker ??
    (place === 'running' ? whereRuns(facts).worker : place === 'reserved' ? (job?.worker ?? null) : null)
  const startedAt = held?.timeStart != null ? held.timeStart * 1000 : job?.startedAt?.getTime()
  const running = place === 'running'
  return {
    place,
    state: job?.state ?? facts.meta?.status ?? null,
    queue: job?.queue ?? held?.queue ?? null,
    worker,
    pool: worker === null ? null : input.pool,
    canTerminate: worker === null ? null : input.canTerminate,
    runningSeconds: running && startedAt !== undefined ? secondsSince(startedAt, now) : null,
    eta: place === 'scheduled' ? (job?.eta ?? null) : null,
    acknowledgedLate: running && held?.acknowledged != null ? !held.acknowledged : null,
    soft: softEffect(place, input),
    hard: hardEffect(place, worker, input),
    notes: notesOn(place, input),
  }
}

function placeOf({ facts, held, alreadyStopped, now }: PreviewInput): Place {
  if (held?.state === 'active') return 'running'
  if (finishedState(facts, alreadyStopped) !== undefined) return 'finished'
  if (held?.state === 'reserved') return 'reserved'
  if (whereRuns(facts).runs) return 'running'
  const { job } = facts
  if (job === undefined) return 'unknown'
  if (isAhead(job, now)) return 'scheduled'
  return job.state === 'RECEIVED' ? 'reserved' : 'queued'
}

function isAhead({ eta, state }: Job, now: Date): boolean {
  return eta !== null && eta > now && state !== 'RETRY'
}

function softEffect(place: Place, { facts, workersOnline }: PreviewInput): Effect {
  switch (place) {
    case 'finished':
      return finished(facts)
    case 'running':
      return possible('runs_on', 'It runs on to its end. It is not retried and not run again.')
    case 'reserved':
      return possible('dropped_on_worker', 'It waits on a worker and is dropped when its turn comes.')
    case 'scheduled':
      return possible(
        'dropped_at_eta',
        'It waits for its time (ETA) and is dropped then; it counts as revoked at once.',
      )
    case 'queued':
      return workersOnline === 0
        ? possible(
            'dropped_without_worker',
            'It waits in its queue; no worker is online. The first that takes it drops it.',
          )
        : possible('dropped_from_queue', 'It waits in its queue and is dropped when a worker takes it.')
    case 'unknown':
      return possible(
        'dropped_if_seen',
        'Neither the database nor the result backend knows it. Should it turn up within a week, it is dropped.',
      )
  }
}

function hardEffect(place: Place, worker: string | null, input: PreviewInput): Effect {
  if (place !== 'running') return softEffect(place, input)
  const { pool, canTerminate } = input
  if (canTerminate === false) {
    return {
      code: 'refused',
      possible: false,
      effect: `It runs on ${worker}, whose ${pool} pool can't terminate a running task. ${alternatives}`,
    }
  }
  if (pool === 'gevent' || pool === 'eventlet') {
    return possible(
      'greenlet_killed',
      `Its greenlet on ${worker} is killed at the next point where it yields.`,
    )
  }
  if (canTerminate === null) {
    return possible(
      'tried',
      `Whether ${worker} can terminate it is not known: that worker has not said which pool it runs. It is tried.`,
    )
  }
  return possible(
    'signalled',
    `The process that runs it on ${worker} is sent the worker's signal (SIGTERM unless remapped) and replaced; the task ` +
      'has no chance to clean up unless it handles that signal.',
  )
}

function notesOn(place: Place, { facts, held, alreadyStopped }: PreviewInput): Note[] {
  const notes: Note[] = []
  const add = (code: Note['code'], text: string) => notes.push({ code, text })
  if (alreadyStopped) add('stopped_already', 'An open stop names it already.')
  if (place === 'running' && held?.acknowledged === false) {
    add(
      'acks_late',
      'Its message is acknowledged late (acks_late): should its worker be lost, it is delivered again. The stop then ' +
        'drops it, on every worker that has been told.',
    )
  }
  if (facts.job?.state === 'RETRY') add('waits_for_retry', 'It waits for a retry, which the stop prevents.')
  else if (place === 'running') add('retry_dropped', 'Should it raise Retry, the retry is dropped.')
  if (place === 'running' && held === undefined) {
    add(
      'unconfirmed',
      'Its worker did not confirm that it runs there now: it may just have ended, or be too busy to answer.',
    )
  }
  return notes
}

function finished(facts: TaskFacts): Effect {
  const state = finishedState(facts, false) ?? 'finished'
  return {
    code: 'nothing',
    possible: false,
    effect: `The task is already ${state}; there is nothing to stop.`,
  }
}

function possible(code: Effect['code'], effect: string): Effect {
  return { code, possible: true, effect }
}

function secondsSince(startedAtMs: number, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - startedAtMs) / 100) / 10)
}
