import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { BadCrontab, crontabNumbers } from '../../../src/celery/beat/crontab.js'
import type { BeatSchedule } from '../../../src/celery/beat/entry.js'
import { readSchedule } from '../../../src/celery/beat/schedule-repr.js'
import { timingOf } from '../../../src/schedules/timing.js'
import { oldestAndNewest } from '../../harness/celery-versions.js'

const script = fileURLToPath(new URL('../app/crontab_truth.py', import.meta.url))
const truth = z.object({ repr: z.string(), numbers: z.array(z.array(z.number())), due: z.array(z.string()) })

/** A field as Celery takes it: numbers, ranges that may go on at the start, steps, lists. */
function field(least: number, most: number): fc.Arbitrary<string> {
  const number = fc.integer({ min: least, max: most })
  const range = fc.tuple(number, number).map(([from, to]) => `${from}-${to}`)
  const step = fc.integer({ min: 1, max: 6 })
  const part = fc.oneof(
    fc.constant('*'),
    number.map(String),
    range,
    fc.tuple(fc.oneof(fc.constant('*'), range), step).map(([span, every]) => `${span}/${every}`),
  )
  return fc.array(part, { minLength: 1, maxLength: 2 }).map((parts) => parts.join())
}

const written = [
  ['*/15', '8-18', '*', '*', 'mon-fri'],
  ['0', '0', '31', '*', '*'],
  ['0', '4', '1-7', '*', 'Monday'],
  ['30', '1,13', '*', '*/5', '*'],
  ['0', '0', '29', '2', '*'],
  [0, [1, 2], '*', '*', 'fri-mon'],
  ['0, 30', '22-2/2', '*', '*', 'sunday,tue'],
]
const random = fc.sample(fc.tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6)), {
  numRuns: 80,
  seed: 8,
})
const cases = [...written, ...random].map((fields) => ({ fields, after: '2026-01-30T17:50:00+00:00' }))

describe.each(oldestAndNewest())('a crontab of Celery $version', ({ python }) => {
  const { stdout, stderr } = spawnSync(python, [script], { input: JSON.stringify(cases), encoding: 'utf8' })
  const told = stdout.trim().split('\n').filter(Boolean)

  test('is read from its repr, means the same and is due at the same moments', () => {
    expect(told.length, stderr).toBe(cases.length)
    for (const line of told) {
      const { repr, numbers, due } = truth.parse(JSON.parse(line))
      const schedule = crontab(readSchedule(repr))
      const { minute, hour, dayOfMonth, monthOfYear, dayOfWeek } = crontabNumbers(schedule.fields)
      expect([minute, hour, dayOfMonth, monthOfYear, dayOfWeek], repr).toEqual(numbers)
      expect(nextThree(schedule, '2026-01-30T17:50:00Z'), repr).toEqual(due.map((at) => Date.parse(at)))
    }
  })
})

function nextThree(schedule: BeatSchedule, from: string): number[] {
  const timing = timingOf(schedule, 'UTC')
  if (timing.kind !== 'at') throw new Error('a crontab is due at certain moments')
  const due: number[] = []
  for (let at = timing.next(new Date(from)); at !== null && due.length < 3; at = timing.next(at)) {
    due.push(at.getTime())
  }
  return due
}

function crontab(schedule: BeatSchedule) {
  if (schedule.kind !== 'crontab') throw new Error(`no crontab: ${JSON.stringify(schedule)}`)
  return schedule
}

test.each(['7', '60', 'x', '', '1,,2', '*/0', '5/10', '-1', '1-', 'mon-8'])(
  '%j is no day of the week',
  (dayOfWeek) => {
    const any = { minute: '*', hour: '*', dayOfMonth: '*', monthOfYear: '*' }
    expect(() => crontabNumbers({ ...any, dayOfWeek })).toThrow(BadCrontab)
  },
)

test('steps so long that only the first is left', () => {
  const any = { minute: '5-50/100', hour: '*', dayOfMonth: '*', monthOfYear: '*', dayOfWeek: '*' }
  expect(crontabNumbers(any).minute).toEqual([5])
})
