import { expect, test } from 'vitest'
import { judge } from '../../src/stops/outcome.js'
import type { Stop } from '../../src/stops/stop.js'
import type { StateRegister, TaskRecord } from '../../src/tasks/record.js'
import { stoppedRegister } from '../../src/tasks/record-of-event.js'

const sentAt = 1_795_577_000

const stop: Stop = {
  id: 'stop',
  taskId: 'task',
  mode: 'soft',
  status: 'armed',
  by: 'ana',
  reason: null,
  signal: null,
  escalateAfter: null,
  cooperative: false,
  batchId: null,
  escalatedAt: null,
  priorState: 'SENT',
  target: null,
  sendings: [],
  requestedAt: new Date((sentAt - 1) * 1000),
  sentAt: new Date(sentAt * 1000),
  sentCount: 1,
  endedAt: null,
  known: true,
  replies: [],
  evidence: null,
  explanation: '',
}

function judged(state: Partial<StateRegister>, more: Partial<TaskRecord> = {}) {
  const at = state.at ?? sentAt
  const register: StateRegister = {
    state: 'STARTED',
    fromWorker: true,
    at,
    rank: at,
    phase: 2,
    worker: 'w@h',
    ...state,
  }
  const record: TaskRecord = { taskId: 'task', firstSeenAt: at, state: register, timeline: [], ...more }
  return judge(stop, record)
}

test('a run that began before the stop goes on, whatever progress it tells', () => {
  expect(judged({ state: 'PROGRESS', at: sentAt + 30 }, { lastStartedAt: sentAt - 5 })).toEqual({
    kind: 'open',
  })
})

test('a task that is taken or started after the stop was sent is stopped again', () => {
  expect(judged({ state: 'RECEIVED', at: sentAt + 1 })).toEqual({ kind: 'again' })
  expect(judged({ state: 'STARTED', at: sentAt + 2 }, { lastStartedAt: sentAt + 2 })).toEqual({
    kind: 'again',
  })
})

test('it is not stopped once more for the progress of that same run', () => {
  const later = { ...stop, sentAt: new Date((sentAt + 3) * 1000) }
  const state: StateRegister = {
    state: 'PROGRESS',
    fromWorker: true,
    at: sentAt + 9,
    rank: sentAt + 9,
    phase: 3,
  }
  const record: TaskRecord = {
    taskId: 'task',
    firstSeenAt: 0,
    state,
    lastStartedAt: sentAt + 2,
    timeline: [],
  }
  expect(judge(later, record)).toEqual({ kind: 'open' })
})

test("our own optimistic REVOKED is no evidence, a worker's is", () => {
  const own: TaskRecord = { taskId: 'task', firstSeenAt: 0, state: stoppedRegister(sentAt), timeline: [] }
  expect(judge(stop, own)).toEqual({ kind: 'open' })
  expect(judged({ state: 'REVOKED', revoked: 'terminated (SIGTERM)' })).toMatchObject({
    kind: 'ended',
    outcome: { status: 'stopped', evidence: { event: 'task-revoked', worker: 'w@h', terminated: true } },
  })
})

test('a task that ended by itself makes the stop finished', () => {
  expect(judged({ state: 'SUCCESS' })).toMatchObject({ kind: 'ended', outcome: { status: 'finished' } })
  expect(judged({ state: 'REVOKED', revoked: 'expired' })).toMatchObject({ outcome: { status: 'finished' } })
})
