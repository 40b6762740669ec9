import { expect, test } from 'vitest'
import { percent } from '../../src/tasks/job.js'

test.each([
  [3, 10, 30],
  [1, 3, 33.3],
  [1, 400, 0.2],
  [3, 400, 0.8],
  [15, 10, 100],
  [0, 10, 0],
  [1, 0, null],
  [null, 10, null],
  [1, null, null],
])('%s of %s is %s percent, rounded as Python rounds', (done, total, expected) => {
  expect(percent(done, total)).toBe(expected)
})
