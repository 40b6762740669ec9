import { expect, test } from 'vitest'
import { countOf, isConsumed } from './counts.js'

test.each([
  ['a worker says so', { workers: ['w@h'], consumers: null }, true, true],
  ['RabbitMQ counts some, none of them known', { workers: [], consumers: 2 }, true, true],
  ['a worker says so, but RabbitMQ counts none', { workers: ['w@h'], consumers: 0 }, true, false],
  ['RabbitMQ counts none', { workers: [], consumers: 0 }, true, false],
  ['every worker has said what it consumes', { workers: [], consumers: null }, false, false],
  ['one has not', { workers: [], consumers: null }, true, null],
])('whether a queue is consumed: %s', (_why, queue, anySilent, consumed) => {
  expect(isConsumed(queue, anySilent)).toBe(consumed)
})

test('what is not known is not shown as none', () => {
  const unfinished = { total: 4, by_state: { SENT: 1, STARTED: 1, PROGRESS: 2 } }
  const queue = { waiting: null, unfinished }
  expect(countOf(queue, 'waiting')).toBeNull()
  expect(countOf(queue, 'running')).toBe(3)
  expect(countOf(queue, 'unfinished')).toBe(4)
  expect(countOf(queue, 'retry')).toBe(0)
})
