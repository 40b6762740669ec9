import { expect, test } from 'vitest'
import { deriveJob } from '../../src/tasks/derive.js'
import { mergeRecords } from '../../src/tasks/merge.js'
import type { TaskRecord } from '../../src/tasks/record.js'
import { recordOfEvent, terminatedRegister } from '../../src/tasks/record-of-event.js'
import { taskTypes } from '../../src/tasks/task-types.js'
import { reading } from '../harness/made-events.js'

const start = 1_795_577_000
const base = { uuid: 'task', hostname: 'w@h', pid: 1 }
const told = (at: number, event: object) => {
  const placed = { ...base, timestamp: start + at, arrivedAt: start + at, ...event }
  return recordOfEvent({ event: placed as never, at: start + at }, reading)
}
const began = told(0, { type: 'task-started' })
const revoked = told(5, { type: 'task-revoked', terminated: true, signum: 15, expired: false })
const survived: TaskRecord = { taskId: 'task', firstSeenAt: start, timeline: [], survivedAt: start + 15 }
const jobOf = (...records: TaskRecord[]) => deriveJob(records.reduce(mergeRecords), taskTypes())

test('a terminated task whose process was seen to run on is running', () => {
  expect(jobOf(began, revoked).state).toBe('REVOKED')
  expect(jobOf(began, revoked, survived)).toMatchObject({ state: 'STARTED', finishedAt: null, error: null })
})

test('how it ends after all is its end', () => {
  const succeeded = told(30, { type: 'task-succeeded', result: '3', runtime: 30 })
  const failed = told(20, { type: 'task-failed', exception: "ValueError('x')", traceback: null })
  expect(jobOf(began, revoked, survived, succeeded)).toMatchObject({ state: 'SUCCESS' })
  expect(jobOf(began, revoked, survived, failed)).toMatchObject({
    state: 'FAILURE',
    error: "ValueError('x')",
    finishedAt: new Date((start + 20) * 1000),
  })
})

test('once its process is gone it is revoked', () => {
  const gone: TaskRecord = {
    taskId: 'task',
    firstSeenAt: start,
    timeline: [],
    state: terminatedRegister(start + 40, 'w@h'),
  }
  expect(jobOf(began, revoked, survived, gone)).toMatchObject({ state: 'REVOKED' })
})
