import { expect, test } from 'vitest'
import { type TakingPart, takePart } from '../../../src/celery/amqp/taking-part.js'

const patienceMs = 60_000

/** What comes of looks, a second each, at so many messages that wait and so many consumers. */
function after(first: TakingPart, looks: readonly (readonly [messages: number, consumers: number])[]) {
  return looks.reduce(
    (now, [messages, consumers], nth) => takePart(now, { messages, consumers, at: nth * 1000 }, patienceMs),
    first,
  ).part
}
const times = <T>(n: number, look: T) => Array.from({ length: n }, () => look)

test('whoever sees that nobody reads does', () => {
  expect(after({ part: 'stands by' }, [[0, 1]])).toBe('stands by')
  expect(after({ part: 'stands by' }, [[5, 0]])).toBe('reads')
  expect(after({ part: 'reads' }, times(100, [9000, 3]))).toBe('reads')
})

test('others help only where messages have waited for a minute without a break', () => {
  expect(after({ part: 'stands by' }, times(60, [40_000, 1]))).toBe('stands by')
  expect(after({ part: 'stands by' }, times(61, [40_000, 1]))).toBe('helps')
  expect(
    after({ part: 'stands by' }, [...times(60, [9, 1] as const), [0, 1], ...times(60, [9, 1] as const)]),
  ).toBe('stands by')
})

test('who helps stops when nothing has waited for a minute, unless it is the last', () => {
  expect(after({ part: 'helps' }, times(60, [0, 2]))).toBe('helps')
  expect(after({ part: 'helps' }, times(61, [0, 2]))).toBe('stands by')
  expect(after({ part: 'helps' }, times(100, [0, 1]))).toBe('helps')
  expect(after({ part: 'helps' }, times(100, [3, 2]))).toBe('helps')
})
