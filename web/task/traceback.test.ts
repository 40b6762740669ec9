import { expect, test } from 'vitest'
import { framesOf } from './traceback.js'

const text = `Traceback (most recent call last):
  File "/venv/lib/python3.11/site-packages/celery/app/trace.py", line 453, in trace_task
    R = retval = fun(*args, **kwargs)
  File "/app/imports/tasks.py", line 12, in load
    raise ValueError("no header: row 1")
ValueError: no header: row 1
`

test('own code, libraries and the exception are told apart', () => {
  expect(framesOf(text).map(({ kind }) => kind)).toEqual([
    'code',
    'library',
    'code',
    'own',
    'code',
    'exception',
  ])
})

test('nothing of the text is lost but the end of line', () => {
  expect(
    framesOf(text)
      .map(({ line }) => `${line}\n`)
      .join(''),
  ).toBe(text)
})
