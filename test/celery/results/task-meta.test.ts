import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Malformed } from '../../../src/celery/errors.js'
import { isReady } from '../../../src/celery/results/backend.js'
import { exceptionText } from '../../../src/celery/results/exception-text.js'
import { decodeTaskMeta } from '../../../src/celery/results/task-meta.js'

/** What both versions stored, with each `result_serializer` and `result_extended`; values in base64. */
const stored: Record<string, Record<string, string>> = JSON.parse(
  readFileSync(new URL('../fixtures/task-meta.json', import.meta.url), 'utf8'),
)

describe.each(Object.entries(stored))('%s', (_, entries) => {
  const meta = (name: string) => decodeTaskMeta(name, Buffer.from(entries[name] ?? '', 'base64'))

  describe.each(['json', 'msgpack', 'yaml'])('%s', (serializer) => {
    test('a success with what result_extended adds', () => {
      expect(meta(`ok-${serializer}`)).toEqual({
        taskId: `ok-${serializer}`,
        status: 'SUCCESS',
        result: { total: 3, name: 'é' },
        traceback: null,
        dateDone: expect.any(Date),
        children: [],
        parentId: 'p1',
        groupId: 'g1',
        name: 'shop.pay',
        args: [1, 'é'],
        kwargs: { a: null },
        worker: 'worker1@host',
        retries: 2,
        queue: 'celery',
      })
    })

    test('its time is UTC, said or not', () => {
      expect(meta(`ok-${serializer}`).dateDone?.toISOString()).toMatch(/^2026-11-25T05:06:21\.\d{3}Z$/)
    })

    test('a failure', () => {
      const { status, result, traceback } = meta(`fail-${serializer}`)
      expect({ status, traceback, text: exceptionText(result) }).toEqual({
        status: 'FAILURE',
        traceback: 'Traceback…\nValueError: x',
        text: "ValueError: ('x', 1)",
      })
    })

    test('a state that the task made up', () => {
      expect(meta(`progress-${serializer}`)).toMatchObject({
        status: 'PROGRESS',
        result: { current: 1, total: 3 },
        dateDone: null,
        name: null,
        args: null,
      })
    })
  })

  test.each(['ok', 'fail', 'progress'])('of a pickle (%s) only the status is read', (name) => {
    const size = Buffer.from(entries[`${name}-pickle`] ?? '', 'base64').length
    const status = { ok: 'SUCCESS', fail: 'FAILURE', progress: 'PROGRESS' }[name]
    expect(meta(`${name}-pickle`)).toMatchObject({
      status,
      result: { binary: 'pickle', size },
      dateDone: null,
    })
  })
})

test('the ids of children and of a child group', () => {
  const children = [[['a', null], null], [['g', null], [[['b', null], null]]], 'odd', [[7]]]
  const bytes = Buffer.from(JSON.stringify({ status: 'SUCCESS', result: null, children }))
  expect(decodeTaskMeta('x', bytes).children).toEqual(['a', 'g'])
})

test('a result of NaN is no reason to lose the rest', () => {
  expect(decodeTaskMeta('x', Buffer.from('{"status": "SUCCESS", "result": NaN}'))).toMatchObject({
    result: null,
  })
})

test.each<[string, Buffer, string]>([
  ['nothing', Buffer.alloc(0), 'not_an_object'],
  ['cut JSON', Buffer.from('{"status": "SUC'), 'not_json'],
  ['no status', Buffer.from('{"result": 1}'), 'not_an_object'],
  ['a status that is no text', Buffer.from('{"status": 1}'), 'not_an_object'],
  ['plain text', Buffer.from('hello'), 'not_an_object'],
  ['bytes', Buffer.from([0xff, 0xfe, 0x80]), 'not_utf8'],
  ['a pickle of something else', Buffer.from('80054b032e', 'hex'), 'content_type'],
  ['a cut pickle', Buffer.from('80055d', 'hex'), 'content_type'],
])('%s is malformed', (_, bytes, reason) => {
  expect(() => decodeTaskMeta('x', bytes)).toThrow(
    expect.objectContaining({ constructor: Malformed, reason }),
  )
})

test('which states are final', () => {
  expect(['SUCCESS', 'FAILURE', 'REVOKED'].map(isReady)).toEqual([true, true, true])
  expect(['PENDING', 'STARTED', 'RETRY', 'PROGRESS'].map(isReady)).toEqual([false, false, false, false])
})

describe('the text of an exception', () => {
  test.each<[unknown, string | null]>([
    [{ exc_type: 'ValueError', exc_message: ['x'], exc_module: 'builtins' }, 'ValueError: x'],
    [{ exc_type: 'ValueError', exc_message: 'x', exc_module: 'builtins' }, 'ValueError: x'],
    [{ exc_type: 'ValueError', exc_message: [], exc_module: 'builtins' }, 'ValueError'],
    [{ exc_type: 'KeyError', exc_message: ["it's"], exc_module: 'builtins' }, `KeyError: "it's"`],
    [
      { exc_type: 'E', exc_message: [{ a: [true, null, 1.5, '\'"\n'] }, 2] },
      `E: ({'a': [True, None, 1.5, '\\'"\\n']}, 2)`,
    ],
    [
      { exc_type: 'TaskRevokedError', exc_message: ['terminated'], exc_module: 'celery.exceptions' },
      'celery.exceptions.TaskRevokedError: terminated',
    ],
    [{ exc_type: 'ValueError', exc_module: null }, 'ValueError'],
    [{ current: 1 }, null],
    ['ValueError', null],
    [null, null],
  ])('%j', (result, text) => {
    expect(exceptionText(result)).toBe(text)
  })
})
