import fc from 'fast-check'
import { everything, type Scope } from '../../../src/access/scope.js'

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

/** Minutes ago, near and far, on both sides of where minutes end and days begin. */
export const ago = fc.oneof(
  fc.double({ min: 0, max: 180, noNaN: true }),
  fc.double({ min: 46 * 60, max: 54 * 60, noNaN: true }),
  fc.double({ min: 0, max: 40 * 24 * 60, noNaN: true }),
)

const scope: fc.Arbitrary<Scope> = fc.constantFrom(
  everything,
  { ...everything, tenants: ['4'] },
  { ...everything, companies: ['4'], taskTypes: ['other', 'etl'] },
  { ...everything, tenants: [] },
)

/** Times are minutes ago. */
export const filter = fc.record({
  scope,
  states: maybe(fc.constant(['SUCCESS', 'STARTED'] as const)),
  taskTypes: maybe(fc.constant(['etl', 'other'])),
  kind: maybe(fc.constant('other')),
  tenantId: maybe(fc.constantFrom('4', '')),
  companyId: maybe(fc.constant('4')),
  taskName: maybe(fc.constant('etl.load')),
  hoursAgo: maybe(fc.double({ min: 0.001, max: 1000, noNaN: true })),
  createdAfter: maybe(ago),
  createdBefore: maybe(ago),
})
