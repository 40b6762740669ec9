import { expect, test } from 'vitest'
import { forecast } from '../../src/retention/forecast.js'

const dayMs = 86_400_000
/** A thousand a day for a hundred days. */
const steady = {
  tasksPerDay: 1000,
  youngerThan: (ms: number | null) => (ms === null ? 100_000 : Math.min(100_000, (1000 * ms) / dayMs)),
}

test('without an end to keeping both are the same', () => {
  expect(forecast({ ...steady, portions: [{ share: 1, keepMs: null }] }, 30)).toEqual({
    days: 30,
    without: 130_000,
    withRules: 130_000,
  })
})

test('what is kept for a time is as much as comes in that time', () => {
  for (const days of [30, 90, 365]) {
    expect(forecast({ ...steady, portions: [{ share: 1, keepMs: 50 * dayMs }] }, days).withRules).toBe(50_000)
  }
})

test('what is kept for longer than there has been anything grows until then', () => {
  const portions = [{ share: 1, keepMs: 365 * dayMs }]
  expect(forecast({ ...steady, portions }, 30).withRules).toBe(130_000)
  expect(forecast({ ...steady, portions }, 365).withRules).toBe(365_000)
})

test('portions add up', () => {
  const portions = [
    { share: 0.75, keepMs: 10 * dayMs },
    { share: 0.25, keepMs: null },
  ]
  expect(forecast({ ...steady, portions }, 90).withRules).toBe(7500 + 0.25 * 190_000)
})
