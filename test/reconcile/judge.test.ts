import { describe, expect, test } from 'vitest'
import type { TaskMeta } from '../../src/celery/results/backend.js'
import type { Candidate } from '../../src/reconcile/candidates.js'
import { type Evidence, judge } from '../../src/reconcile/judge.js'
import type { JobState } from '../../src/tasks/job.js'
import type { TaskRecord } from '../../src/tasks/record.js'

const now = 1_795_577_000

/** Started ten seconds ago on w1, as far as events tell. */
function candidate(state: JobState = 'STARTED', more: Partial<TaskRecord> = {}): Candidate {
  const at = now - 10
  const record: TaskRecord = {
    taskId: 'task',
    firstSeenAt: at,
    state: { state, fromWorker: state !== 'SENT', at, rank: at, phase: 2, worker: 'w1@host' },
    ...(state === 'STARTED' ? { firstStartedAt: at, lastStartedAt: at } : {}),
    timeline: [{ type: 'task-started', at, worker: 'w1@host' }],
    ...more,
  }
  return { taskId: 'task', state, worker: state === 'SENT' ? null : 'w1@host', heardAt: at, record }
}

function meta(status: string, ago: number | null, reason?: string): TaskMeta {
  const error = { exc_type: 'TaskRevokedError', exc_message: [reason], exc_module: 'celery.exceptions' }
  return {
    taskId: 'task',
    status,
    result: reason === undefined ? 3 : error,
    traceback: null,
    dateDone: ago === null ? null : new Date((now - ago) * 1000),
    children: [],
    ...{ parentId: null, groupId: null, name: null, args: null, kwargs: null, worker: null, retries: null },
    queue: null,
  }
}

const held = (state: 'active' | 'reserved', ago: number) =>
  ({
    ...{ id: 'task', name: 'test.add', worker: 'w1@host', queue: 'celery', acknowledged: true, pid: 7 },
    ...{ state, timeStart: state === 'active' ? now - ago : null },
  }) as const

function verdict(task: Candidate, evidence: Partial<Evidence> = {}) {
  return judge(task, {
    meta: undefined,
    holder: undefined,
    presence: task.worker === null ? null : { kind: 'answers' },
    allAnswered: true,
    now,
    ...evidence,
  })
}

const healedTo = (state: JobState) => ({ kind: 'healed', news: { state: { state } } })

describe('the result backend', () => {
  test.each(['SUCCESS', 'FAILURE'])('%s ends a task that runs', (status) => {
    expect(verdict(candidate(), { meta: meta(status, 3) })).toMatchObject(healedTo(status as JobState))
  })

  test('a result of an earlier run does not', () => {
    expect(verdict(candidate(), { meta: meta('SUCCESS', 100), holder: held('active', 10) })).toEqual({
      kind: 'fine',
    })
    expect(verdict(candidate(), { meta: meta('SUCCESS', 100) })).toMatchObject({ kind: 'absent' })
  })

  test('a result without a date does only where nobody runs it', () => {
    expect(verdict(candidate(), { meta: meta('SUCCESS', null) })).toMatchObject(healedTo('SUCCESS'))
    expect(verdict(candidate(), { meta: meta('SUCCESS', null), holder: held('active', 10) })).toEqual({
      kind: 'fine',
    })
  })

  test('a host whose clock is an hour behind: its result counts at the right time', () => {
    const started = { type: 'task-started', at: now - 10, worker: 'w1@host', clockSkew: -3600 }
    const task = candidate('STARTED', { timeline: [started] })
    expect(verdict(task, { meta: meta('SUCCESS', 3603) })).toMatchObject({ news: { state: { at: now - 3 } } })
  })

  test('REVOKED alone ends nothing that runs or may run', () => {
    const revoked = meta('REVOKED', 3, 'revoked')
    expect(verdict(candidate(), { meta: revoked, holder: held('active', 10) })).toEqual({ kind: 'fine' })
    expect(verdict(candidate(), { meta: revoked })).toMatchObject({ kind: 'absent' })
    expect(verdict(candidate('SENT'), { meta: revoked, allAnswered: false })).toEqual({ kind: 'fine' })
    expect(verdict(candidate('RECEIVED'), { meta: revoked, presence: { kind: 'silent' } })).toEqual({
      kind: 'unanswered',
    })
  })

  test('REVOKED that is older than what its worker said last does not count', () => {
    expect(verdict(candidate('RECEIVED'), { meta: meta('REVOKED', 30, 'revoked') })).toMatchObject({
      kind: 'absent',
    })
  })

  test('REVOKED ends what waits, and what its worker has terminated', () => {
    expect(verdict(candidate('SENT'), { meta: meta('REVOKED', 3, 'revoked') })).toMatchObject(
      healedTo('REVOKED'),
    )
    expect(verdict(candidate(), { meta: meta('REVOKED', 3, 'terminated') })).toMatchObject(
      healedTo('REVOKED'),
    )
  })

  test.each(['STARTED', 'PROGRESS', 'stage 2'])('%s is no end', (status) => {
    expect(verdict(candidate(), { meta: meta(status, null) })).toMatchObject({ kind: 'absent' })
    expect(verdict(candidate('SENT'), { meta: meta(status, null) })).toEqual({ kind: 'fine' })
  })

  test('RETRY is told where nobody runs it, and not of an earlier try', () => {
    const retry = meta('RETRY', null)
    expect(verdict(candidate(), { meta: retry })).toMatchObject(healedTo('RETRY'))
    expect(verdict(candidate(), { meta: retry, holder: held('active', 10) })).toEqual({ kind: 'fine' })
    const again = candidate('STARTED', {
      timeline: [{ type: 'task-retried', at: now - 60, worker: 'w1@host' }],
    })
    expect(verdict(again, { meta: retry })).toMatchObject({ kind: 'absent' })
  })
})

describe('the workers', () => {
  test.each(['SENT', 'RECEIVED', 'RETRY'] as const)('%s, and a worker runs it', (state) => {
    expect(verdict(candidate(state), { holder: held('active', 8) })).toMatchObject(healedTo('STARTED'))
  })

  test('one that holds it is where it should be', () => {
    expect(verdict(candidate('RECEIVED'), { holder: held('reserved', 0) })).toEqual({ kind: 'fine' })
  })

  test('one that gives no answer proves nothing', () => {
    expect(verdict(candidate(), { presence: { kind: 'silent' } })).toEqual({ kind: 'unanswered' })
  })

  test('one that is gone, or has it not, leaves it absent', () => {
    for (const kind of ['gone', 'stopped'] as const) {
      const why = { kind, since: now - 30 }
      expect(verdict(candidate(), { presence: why })).toEqual({ kind: 'absent', why })
    }
    expect(verdict(candidate())).toEqual({ kind: 'absent', why: { kind: 'answers' } })
  })

  test('a task with a time to come is in no list that is asked for', () => {
    const eta = new Date((now + 60) * 1000).toISOString()
    const task = candidate('RECEIVED', { received: { at: now - 10, eta } })
    expect(verdict(task)).toEqual({ kind: 'fine' })
    expect(verdict(task, { presence: { kind: 'gone', since: null } })).toMatchObject({ kind: 'absent' })
  })
})
