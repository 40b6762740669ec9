import { expect, test } from 'vitest'
import { ownerReader } from '../../src/tasks/ownership.js'

const read = ownerReader()

test('a key inside a string is no key', () => {
  expect(read({ name: 'test', args: '()', kwargs: `{'note': "'tenant_id': 7", 'tenant_id': 9}` })).toEqual({
    tenantId: '9',
  })
})

test('what a cut repr may hide is named as truncated', () => {
  expect(read({ name: 'test', args: '()', kwargs: `{'hosts': [...` })?.truncated).toContain('tenant')
})

test('arguments that name no owner say nothing', () => {
  expect(read({ name: 'test', args: '(1,)', kwargs: "{'q': 1}" })).toBeUndefined()
})

test('some tasks tell it elsewhere: an exact name before the longest prefix, and the rest as for all', () => {
  const read = ownerReader(undefined, [
    { prefixes: ['billing.'], company: ['args[0].company'] },
    { prefixes: ['billing.eu.'], company: ['args[1]'] },
    { names: ['billing.eu.charge'], tenant: ['kwargs.shop'] },
  ])
  const task = { args: "({'company': 3}, 8)", kwargs: "{'company_id': 4, 'tenant_id': 'a', 'shop': 'b'}" }
  expect(read({ ...task, name: 'billing.charge' })).toEqual({ companyId: 3, tenantId: 'a' })
  expect(read({ ...task, name: 'billing.eu.refund' })).toEqual({ companyId: 8, tenantId: 'a' })
  expect(read({ ...task, name: 'billing.eu.charge' })).toEqual({ companyId: 4, tenantId: 'b' })
  expect(read({ ...task, name: 'etl.load' })).toEqual({ companyId: 4, tenantId: 'a' })
  expect(read({ ...task, name: null })).toEqual({ companyId: 4, tenantId: 'a' })
})
