import { expect, test } from 'vitest'
import type { CrontabFields } from '../../src/celery/beat/entry.js'
import { timingOf } from '../../src/schedules/timing.js'

const any: CrontabFields = { minute: '*', hour: '*', dayOfMonth: '*', monthOfYear: '*', dayOfWeek: '*' }

function due(fields: Partial<CrontabFields>, timezone: string, after: string, count = 3): string[] {
  const timing = timingOf({ kind: 'crontab', fields: { ...any, ...fields }, timezone }, null)
  if (timing.kind !== 'at') throw new Error(`not due at certain moments: ${JSON.stringify(timing)}`)
  const moments: string[] = []
  for (let at = timing.next(new Date(after)); at !== null && moments.length < count; at = timing.next(at)) {
    moments.push(at.toISOString().replace(':00.000Z', 'Z'))
  }
  return moments
}

test('goes with the time of the zone when summer begins and ends', () => {
  const daily = { minute: '0', hour: '9' }
  expect(due(daily, 'Europe/Berlin', '2026-03-28T00:00Z')).toEqual([
    '2026-03-28T08:00Z',
    '2026-03-29T07:00Z',
    '2026-03-30T07:00Z',
  ])
  expect(due(daily, 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual([
    '2026-10-25T08:00Z',
    '2026-10-26T08:00Z',
  ])
})

test('an hour that is left out comes when it is over, one that comes twice counts once', () => {
  const early = { minute: '30', hour: '2' }
  expect(due(early, 'Europe/Berlin', '2026-03-28T12:00Z', 2)).toEqual([
    '2026-03-29T01:00Z',
    '2026-03-30T00:30Z',
  ])
  expect(due(early, 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual([
    '2026-10-25T00:30Z',
    '2026-10-26T01:30Z',
  ])
})

test('the last days of months', () => {
  const noon = { minute: '0', hour: '12' }
  expect(due({ ...noon, dayOfMonth: '31' }, 'UTC', '2026-01-31T12:00Z')).toEqual([
    '2026-03-31T12:00Z',
    '2026-05-31T12:00Z',
    '2026-07-31T12:00Z',
  ])
  expect(due({ ...noon, dayOfMonth: '29', monthOfYear: '2' }, 'UTC', '2026-01-01T00:00Z', 1)).toEqual([
    '2028-02-29T12:00Z',
  ])
  expect(due({ ...noon, dayOfMonth: '30', monthOfYear: '2' }, 'UTC', '2026-01-01T00:00Z')).toEqual([])
})

test('a day fits the day of the month and that of the week', () => {
  const firstMonday = { minute: '0', hour: '0', dayOfMonth: '1-7', dayOfWeek: 'mon' }
  expect(due(firstMonday, 'UTC', '2026-01-06T00:00Z', 2)).toEqual(['2026-02-02T00:00Z', '2026-03-02T00:00Z'])
})

test('Sunday is 0, and ranges of days go on over it', () => {
  const night = { minute: '0', hour: '0' }
  expect(due({ ...night, dayOfWeek: '0' }, 'UTC', '2026-01-01T00:00Z', 1)).toEqual(['2026-01-04T00:00Z'])
  expect(due({ ...night, dayOfWeek: 'sat-mon' }, 'UTC', '2026-01-02T00:00Z')).toEqual([
    '2026-01-03T00:00Z',
    '2026-01-04T00:00Z',
    '2026-01-05T00:00Z',
  ])
})

test('the zone of the crontab goes before that of the worker', () => {
  const timing = timingOf(
    { kind: 'crontab', fields: { ...any, minute: '0', hour: '0' }, timezone: null },
    'Asia/Tokyo',
  )
  expect(timing.kind === 'at' && timing.next(new Date('2026-01-01T00:00Z'))).toEqual(
    new Date('2026-01-01T15:00Z'),
  )
})

test.each([
  ['a zone that nothing tells', { kind: 'crontab', fields: any, timezone: null }, /set timezone/],
  [
    'a zone that there is not',
    { kind: 'crontab', fields: any, timezone: 'Mars/Base' },
    /Mars\/Base is not known/,
  ],
  [
    'a field that is none',
    { kind: 'crontab', fields: { ...any, hour: '24' }, timezone: 'UTC' },
    /24 is not from 0 to 23/,
  ],
  ['the sun', { kind: 'solar', event: 'sunset', latitude: 1, longitude: 1 }, /not computed/],
  ['what can not be read', { kind: 'unreadable', text: '<Mine>' }, /can not read when it is due: <Mine>/],
] as const)('%s is told in words', (_what, schedule, why) => {
  expect(timingOf(schedule, null)).toEqual({ kind: 'unknown', why: expect.stringMatching(why) })
})
