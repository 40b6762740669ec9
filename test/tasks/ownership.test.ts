import { expect, test } from 'vitest'
import { ownerReader } from '../../src/tasks/ownership.js'

const read = ownerReader()

test('a key inside a string is no key', () => {
  expect(read({ args: '()', kwargs: `{'note': "'tenant_id': 7", 'tenant_id': 9}` })).toEqual({
    tenantId: '9',
  })
})

test('what a cut repr may hide is named as truncated', () => {
  expect(read({ args: '()', kwargs: `{'hosts': [...` })?.truncated).toContain('tenant')
})

test('arguments that name no owner say nothing', () => {
  expect(read({ args: '(1,)', kwargs: "{'q': 1}" })).toBeUndefined()
})
