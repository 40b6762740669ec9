import { expect, test } from 'vitest'
import { ClockWatch } from '../../src/tasks/clock.js'

const arrivedAt = 1_800_000_000
const place = (timestamp: number) => new ClockWatch().place({ hostname: 'celery@a', timestamp, arrivedAt })

test('a clock 7 hours behind is placed by arrival', () => {
  expect(place(arrivedAt - 25_200)).toEqual({ at: arrivedAt, skew: -25_200 })
})

test('a timestamp 400 days ahead is placed by arrival', () => {
  expect(place(arrivedAt + 400 * 86_400)).toEqual({ at: arrivedAt, skew: 400 * 86_400 })
})

test('a backlog of a minute is no skew', () => {
  expect(place(arrivedAt - 60)).toEqual({ at: arrivedAt - 60 })
})
