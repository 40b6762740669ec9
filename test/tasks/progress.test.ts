import { expect, test } from 'vitest'
import { progressOf } from '../../src/tasks/progress.js'

test('done, or current as in the examples of Celery, with total and categories', () => {
  expect(progressOf({ current: 3, total: 10 }, 1)).toEqual({ at: 1, done: 3, total: 10 })
  expect(progressOf({ done: 4, current: 3 }, 1)).toEqual({ at: 1, done: 4 })
  expect(progressOf({ by_category: { a: 1, b: 'x' } }, 1)).toEqual({ at: 1, byCategory: { a: 1 } })
})

test('odd values are left out', () => {
  expect(progressOf({ current: '3', total: Number.NaN }, 1)).toBeUndefined()
  expect(progressOf({ current: -1, total: 0 }, 1)).toEqual({ at: 1, total: 0 })
})
