import { expect, test } from 'vitest'
import { bytesInWords } from './bytes.js'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [1_234_567, '1.23 MB'],
  [987_000_000_000, '987 GB'],
  [5e18, '5,000 PB'],
])('%d bytes are %s', (bytes, words) => {
  expect(bytesInWords(bytes, 'en')).toBe(words)
})

test('in the language of the reader', () => {
  expect(bytesInWords(1_234_567, 'pt-BR')).toBe('1,23 MB')
})
