import { expect, test } from 'vitest'
import { capped, storable, storableJson } from '../../src/tasks/storable.js'

test('NUL and lone surrogates become characters that PostgreSQL stores', () => {
  expect(storable('a\0b\ud800c🎉')).toBe('a\u2400b\ufffdc🎉')
  expect(storableJson({ 'k\0': ['\0'] })).toEqual({ 'k\u2400': ['\u2400'] })
})

test('a capped text says how long it was, and keeps the end that is asked for', () => {
  expect(capped('abcdef', 4)).toEqual({ text: 'abcd', size: 6 })
  expect(capped('abcdef', 4, 'end')).toEqual({ text: 'cdef', size: 6 })
  expect(capped('abcd', 4)).toEqual({ text: 'abcd' })
})
