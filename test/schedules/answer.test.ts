import { expect, test } from 'vitest'
import { plainEntry } from '../../src/celery/beat/entry.js'
import { toScheduleAnswer } from '../../src/http/present-schedule.js'
import { redactorOf } from '../../src/redaction/redactor.js'
import type { Schedule } from '../../src/schedules/schedules.js'

const redactor = redactorOf({ enabled: true, replace: false, keys: [], patterns: [] })

const schedule: Schedule = {
  entry: {
    ...plainEntry,
    name: "billing.charge('4111', password='hunter2')",
    task: 'billing.charge',
    schedule: { kind: 'interval', every: 60, about: false },
    args: ['4111'],
    kwargs: { password: 'hunter2' },
  },
  source: 'worker conf',
  workers: ['w1@h'],
  timezone: null,
  sharedWith: 0,
  status: 'active',
  lastRun: null,
  nextRunAt: null,
  whyNoNext: null,
  missed: null,
  problem: null,
}

test('who may see arguments sees them, without secrets, also where they stand in the name', () => {
  const told = toScheduleAnswer(schedule, redactor, true)
  expect(told.args).toBe("('4111',)")
  expect(JSON.stringify(told)).not.toContain('hunter2')
  expect(told.name).toContain('4111')
})

test('who may not see arguments sees none, nor in the name', () => {
  const told = toScheduleAnswer(schedule, redactor, false)
  expect(told).toMatchObject({ name: 'billing.charge(…)', args: null, kwargs: null, payload_hidden: true })
  expect(JSON.stringify(told)).not.toMatch(/4111|hunter2/)
})
