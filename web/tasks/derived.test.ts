import { expect, test } from 'vitest'
import { companyOf, tookOf, waitedOf } from './derived.js'

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
const never = { created_at: at(0), enqueued_at: null, started_at: null, finished_at: null }

test('the company stands in meta, else it is the tenant', () => {
  expect(companyOf({ meta: { company_id: 4 }, tenant_id: 'acme' })).toBe('4')
  expect(companyOf({ meta: null, tenant_id: 'acme' })).toBe('acme')
  expect(companyOf({ meta: {}, tenant_id: null })).toBe('')
})

test('what ended ran from its start to its end', () => {
  expect(tookOf({ state: 'SUCCESS', started_at: at(1), finished_at: at(4) })).toBe(3)
  expect(tookOf({ state: 'PENDING', started_at: null, finished_at: null })).toBeNull()
  expect(tookOf({ state: 'RETRY', started_at: at(1), finished_at: null })).toBeNull()
})

test('a clock that runs behind does not make a time negative', () => {
  expect(tookOf({ state: 'SUCCESS', started_at: at(4), finished_at: at(1) })).toBe(0)
})

test('it waited from when it was sent until it was started', () => {
  expect(waitedOf({ ...never, enqueued_at: at(2), started_at: at(5), finished_at: at(9) })).toBe(3)
  expect(waitedOf({ ...never, started_at: at(5) })).toBe(5)
})

test('what ended without a start did not wait for one', () => {
  expect(waitedOf({ ...never, finished_at: at(9) })).toBeNull()
})
