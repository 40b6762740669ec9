import type { JobsTable } from '../db/jobs-table/jobs-table.js'

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const largest = { smallint: 32_767, integer: 2_147_483_647, bigint: Number.MAX_SAFE_INTEGER } as const

export function isUuid(text: string): boolean {
  return uuid.test(text)
}

/** The id of a user as a column of that type takes it; null where it is none. */
export function fittingUserId(
  type: JobsTable['userIdType'],
  id: number | string | null,
): number | string | null {
  if (type === 'uuid') return typeof id === 'string' && isUuid(id) ? id : null
  return typeof id === 'number' && Math.abs(id) <= largest[type] ? id : null
}
