import { describe, expect, test } from 'vitest'
import { type BeatEntry, plainEntry } from '../../src/celery/beat/entry.js'
import { outlookOf, type Seen } from '../../src/schedules/outlook.js'

const now = new Date('2026-05-10T12:00:00Z')
const daily = { minute: '0', hour: '4', dayOfMonth: '*', monthOfYear: '*', dayOfWeek: '*' }
const atFour: BeatEntry = {
  ...plainEntry,
  name: 'nightly',
  task: 'etl.nightly',
  schedule: { kind: 'crontab', fields: daily, timezone: 'UTC' },
}
const everyTenMinutes: BeatEntry = { ...atFour, schedule: { kind: 'interval', every: 600, about: false } }

function at(time: string): Date {
  return new Date(`2026-05-${time}Z`)
}

function task(time: string): Seen['lastTask'] {
  return { taskId: 'a', state: 'SUCCESS', at: at(time) }
}

function look(entry: BeatEntry, seen: Partial<Seen> = {}) {
  return outlookOf(entry, {
    lastTask: null,
    isShared: false,
    timezone: null,
    knownSince: at('01T00:00'),
    heardUntil: now,
    blind: [],
    now,
    ...seen,
  })
}

describe('missed runs', () => {
  test('are those that were due after the last that was seen', () => {
    expect(look(atFour, { lastTask: task('08T04:00:02') }).missed).toEqual({
      since: at('09T04:00'),
      count: 2,
      more: false,
    })
    expect(look(atFour, { lastTask: task('10T04:00:02') }).missed).toBeNull()
  })

  test('a clock that is behind makes none', () => {
    expect(look(atFour, { lastTask: task('10T03:59:58') }).missed).toBeNull()
  })

  test('a run may be a minute late', () => {
    const seen = { lastTask: task('09T04:00:01') }
    expect(look(atFour, { ...seen, now: at('10T04:00:50'), heardUntil: now }).missed).toBeNull()
    expect(look(atFour, { ...seen, now: at('10T04:01:10'), heardUntil: now }).missed).toMatchObject({
      count: 1,
    })
  })

  test('of an interval are counted from the last run', () => {
    expect(look(everyTenMinutes, { lastTask: task('10T11:35') }).missed).toEqual({
      since: at('10T11:45'),
      count: 2,
      more: false,
    })
  })

  test('of an entry that never ran count from when it was written', () => {
    expect(look(atFour, { knownSince: at('09T05:00') }).missed).toMatchObject({ count: 1 })
    expect(look({ ...atFour, changedAt: at('10T05:00') }).missed).toBeNull()
  })

  test('what beat wrote into the table is a run too', () => {
    expect(look({ ...atFour, lastRunAt: at('10T04:00') }, { lastTask: task('02T04:00') }).missed).toBeNull()
  })

  test('what was due while nothing could be heard may have run', () => {
    const blind = [{ began: at('10T03:50'), ended: at('10T04:10') }]
    expect(look(atFour, { lastTask: task('09T04:00:02'), blind }).missed).toBeNull()
    expect(look(everyTenMinutes, { lastTask: task('10T03:45'), blind }).missed).toMatchObject({
      since: at('10T04:20'),
    })
  })

  test('nothing is missed beyond what was heard', () => {
    expect(look(atFour, { lastTask: task('09T04:00:02'), heardUntil: at('10T03:00') }).missed).toBeNull()
  })

  test('at certain moments are counted to twenty', () => {
    const minutely: BeatEntry = {
      ...atFour,
      schedule: { kind: 'crontab', fields: { ...daily, minute: '*', hour: '*' }, timezone: 'UTC' },
    }
    expect(look(minutely, { lastTask: task('02T00:00') }).missed).toMatchObject({ count: 20, more: true })
  })

  test('of one that is to run once', () => {
    const once: BeatEntry = { ...atFour, oneOff: true, schedule: { kind: 'clocked', at: at('10T11:00') } }
    expect(look(once, { knownSince: at('09T00:00') })).toMatchObject({
      status: 'active',
      nextRunAt: at('10T11:00'),
      missed: { count: 1, since: at('10T11:00') },
    })
  })
})

describe('the status', () => {
  test.each([
    ['active', {}],
    ['disabled', { enabled: false }],
    ['expired', { expiresAt: at('10T11:00') }],
    ['expired', { expiresAt: at('10T11:00'), enabled: false }],
    ['waiting', { startsAt: at('11T00:00') }],
    ['done', { oneOff: true, enabled: false, lastRunAt: at('09T00:00') }],
    ['done', { oneOff: true, totalRuns: 1 }],
    ['disabled', { oneOff: true, enabled: false }],
  ] as const)('%s', (status, fields) => {
    expect(look({ ...atFour, ...fields }).status).toBe(status)
  })

  test('only active entries miss runs or are due', () => {
    expect(look({ ...atFour, enabled: false })).toMatchObject({
      missed: null,
      nextRunAt: null,
      whyNoNext: null,
    })
  })
})

describe('the next run', () => {
  test('of a crontab', () => {
    expect(look(atFour).nextRunAt).toEqual(at('11T04:00'))
    expect(look({ ...atFour, startsAt: at('20T04:00') }).nextRunAt).toEqual(at('20T04:00'))
  })

  test('of an interval counts from the last run, also when it is past', () => {
    expect(look(everyTenMinutes, { lastTask: task('10T11:55') }).nextRunAt).toEqual(at('10T12:05'))
    expect(look(everyTenMinutes, { lastTask: task('10T11:35') }).nextRunAt).toEqual(at('10T11:45'))
    expect(look(everyTenMinutes)).toMatchObject({
      nextRunAt: null,
      whyNoNext: expect.stringMatching(/No run/),
    })
  })

  test('is not guessed where others run the same task', () => {
    const seen = { lastTask: task('10T11:55'), isShared: true }
    expect(look(everyTenMinutes, seen)).toMatchObject({
      nextRunAt: null,
      whyNoNext: expect.stringMatching(/Other entries/),
    })
    expect(look({ ...everyTenMinutes, lastRunAt: at('10T11:50') }, seen)).toMatchObject({
      nextRunAt: at('10T12:00'),
      lastRun: { at: at('10T11:50'), source: 'table' },
    })
  })

  test('does not come after the end', () => {
    expect(look({ ...atFour, expiresAt: at('10T20:00') })).toMatchObject({
      nextRunAt: null,
      whyNoNext: expect.stringMatching(/expires/),
    })
  })

  test('that there is none is a problem only where it can be mended', () => {
    const solar = { kind: 'solar', event: 'dawn_civil', latitude: 1, longitude: 2 } as const
    expect(look({ ...atFour, schedule: solar }).problem).toBeNull()
    expect(look({ ...atFour, schedule: { kind: 'unreadable', text: '<X>' } }).problem).toMatch(/<X>/)
  })
})

test('the last run is whichever is newer, and says which', () => {
  expect(
    look({ ...atFour, lastRunAt: at('09T04:00') }, { lastTask: task('09T04:00:01') }).lastRun,
  ).toMatchObject({
    source: 'task',
    task: { taskId: 'a' },
  })
  expect(look({ ...atFour, lastRunAt: at('10T04:00') }, { lastTask: task('09T04:00:01') }).lastRun).toEqual({
    at: at('10T04:00'),
    source: 'table',
    task: null,
  })
})
