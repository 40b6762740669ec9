import { expect, test } from 'vitest'
import { readSchedule } from '../../../src/celery/beat/schedule-repr.js'

const daily = { minute: '0', hour: '4', dayOfMonth: '*', monthOfYear: '*', dayOfWeek: '*' }

/** As workers of Celery 5.2.6 and 5.6.3 told them. */
test.each([
  ['seconds', 30, { kind: 'interval', every: 30, about: false }],
  ['part of a second', 0.5, { kind: 'interval', every: 0.5, about: false }],
  ['a timedelta', '2 days, 0:00:05.500000', { kind: 'interval', every: 172_805.5, about: false }],
  ['a short timedelta', '0:00:00.250000', { kind: 'interval', every: 0.25, about: false }],
  ['schedule(1.5)', '<freq: 1.50 seconds>', { kind: 'interval', every: 1.5, about: false }],
  ['schedule(90)', '<freq: 1.50 minutes>', { kind: 'interval', every: 90, about: true }],
  ['schedule(86400)', '<freq: 1.00 day>', { kind: 'interval', every: 86_400, about: false }],
  [
    'crontab of 5.2',
    '<crontab: 0 4 * * * (m/h/d/dM/MY)>',
    { kind: 'crontab', fields: daily, timezone: null },
  ],
  [
    'crontab of 5.6',
    '<crontab: 0 4 * * * (m/h/dM/MY/d)>',
    { kind: 'crontab', fields: daily, timezone: null },
  ],
  [
    'its days of 5.2',
    '<crontab: */15 8-18 mon-fri 1,15 */3 (m/h/d/dM/MY)>',
    {
      kind: 'crontab',
      fields: { minute: '*/15', hour: '8-18', dayOfMonth: '1,15', monthOfYear: '*/3', dayOfWeek: 'mon-fri' },
      timezone: null,
    },
  ],
  [
    'its days of 5.6, as lists, sets and ranges',
    '<crontab: [0, 30] {4, 5} (1,) range(1, 4) mon, fri (m/h/dM/MY/d)>',
    {
      kind: 'crontab',
      fields: { minute: '0,30', hour: '4,5', dayOfMonth: '1', monthOfYear: '1-3', dayOfWeek: 'mon,fri' },
      timezone: null,
    },
  ],
  [
    'crontab of django-celery-beat, over lines',
    '<crontab: 0 4\n          * *\n           * (m/h/d/dM/MY), Europe/Lisbon>\n        ',
    { kind: 'crontab', fields: daily, timezone: 'Europe/Lisbon' },
  ],
  [
    'solar',
    '<solar: sunset at latitude -37.81, longitude: 144.96>',
    { kind: 'solar', event: 'sunset', latitude: -37.81, longitude: 144.96 },
  ],
])('reads %s', (_what, told, schedule) => {
  expect(readSchedule(told)).toEqual(schedule)
})

test.each([
  ["a schedule of the application's own", '<MySchedule object at 0x7f00>'],
  ['a crontab with too few fields', '<crontab: 0 4 * * (m/h/dM/MY/d)>'],
  ['a crontab whose fields have other names', '<crontab: 0 4 * * * (a/b/c/d/e)>'],
  ['no time at all', '0:00:00'],
  ['a time that is past', '-1 day, 23:59:50'],
  ['code', '__import__("os").system("true")'],
])('%s is kept as it was told', (_what, told) => {
  expect(readSchedule(told)).toEqual({ kind: 'unreadable', text: told })
})

test.each([
  [0, '0'],
  [-1, '-1'],
  [null, 'null'],
  [{ every: 1 }, '{"every":1}'],
])('%j is unreadable', (told, text) => {
  expect(readSchedule(told)).toEqual({ kind: 'unreadable', text })
})

test('what is endless is cut, and costs nothing', () => {
  const told = `<crontab: ${'1, '.repeat(1_000_000)} (m/h/dM/MY/d)>`
  expect(readSchedule(told)).toMatchObject({ kind: 'unreadable' })
})
