import { expect, test } from 'vitest'
import { duration, roughDuration } from './time.js'

test.each([
  [0, '0 s'],
  [0.312, '0.31 s'],
  [1.24, '1.2 s'],
  [42.4, '42 s'],
  [59.6, '1 min 0 s'],
  [185, '3 min 5 s'],
  [3599.7, '1 h 0 min'],
  [7440, '2 h 4 min'],
  [273_600, '3 d 4 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds, 'en')).toBe(text)
})

test('numbers are written as the language does', () => {
  expect(duration(1.24, 'pt-BR')).toBe('1,2 s')
  expect(roughDuration(5400, 'pt-BR')).toBe('1,5 h')
})
