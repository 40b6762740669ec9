import { expect, test } from 'vitest'
import { argumentsRepr } from '../../src/celery/python-repr.js'
import type { QueuedMessage } from '../../src/celery/queue-messages.js'
import { readTaskMessage } from '../../src/celery/task-message.js'

function message(headers: object, body: unknown, contentType = 'application/json'): QueuedMessage {
  return {
    body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
    contentType,
    contentEncoding: 'utf-8',
    headers: { ...headers },
    properties: {},
    priority: null,
    redelivered: false,
    exchange: '',
    routingKey: 'q',
  }
}

test('a message of protocol 1 has all of it in its body', () => {
  const body = { task: 'etl.load', id: 'one', args: [1, "it's"], kwargs: { a: null }, retries: 2, eta: null }
  expect(readTaskMessage(message({}, body), 'q')).toMatchObject({
    id: 'one',
    task: { name: 'etl.load', args: `(1, "it's")`, kwargs: "{'a': None}", retries: 2, queue: 'q' },
  })
})

test('arguments without a repr are read from the body, but never from pickle', () => {
  const headers = { task: 'etl.load', id: 'one' }
  expect(readTaskMessage(message(headers, [[1], {}, {}]), 'q').task).toMatchObject({
    args: '(1,)',
    kwargs: '{}',
  })
  const pickle = Buffer.from('8004', 'hex')
  expect(readTaskMessage(message(headers, pickle, 'application/x-python-serialize'), 'q').task).toMatchObject(
    {
      name: 'etl.load',
      args: null,
      kwargs: null,
    },
  )
})

test.each([
  ['no task', {}, { id: 'one' }],
  ['no id', { task: 'etl.load' }, []],
  ['an id that is too long', { task: 'etl.load', id: 'x'.repeat(256) }, []],
  ['no object', {}, [1, 2]],
])('%s is refused', (_what, headers, body) => {
  expect(() => readTaskMessage(message(headers, body), 'q')).toThrow(/task|id/)
})

test('values are written as Python does', () => {
  expect(argumentsRepr([true, null, 1.5, 'a\nb', { k: [] }])).toBe("(True, None, 1.5, 'a\\nb', {'k': []})")
  expect(argumentsRepr([])).toBe('()')
  expect(argumentsRepr('x'.repeat(5000))).toMatch(/^'x{1023}\.\.\.$/)
})
