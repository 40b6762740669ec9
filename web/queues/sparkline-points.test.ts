import { expect, test } from 'vitest'
import { pointsOf } from './sparkline-points.js'

test('the greatest is at the top, none at the bottom, the newest at the right', () => {
  expect(pointsOf([0, 5, 10], 100, 22)).toBe('0,21 50,11 100,1')
  expect(pointsOf([0, 0], 10, 22)).toBe('0,21 10,21')
})
