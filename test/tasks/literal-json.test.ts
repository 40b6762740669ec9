import { expect, test } from 'vitest'
import { literalAsJson } from '../../src/tasks/literal-json.js'

test.each([
  ["{'a': (1, None), 'b': True}", { a: [1, null], b: true }],
  ['inf', 'inf'],
  ["{'a': datetime.datetime(2024, 1, 1)}", "{'a': datetime.datetime(2024, 1, 1)}"],
  ["{'hosts': [...", "{'hosts': [..."],
])('%s', (text, json) => {
  expect(literalAsJson({ text })).toEqual(json)
})
