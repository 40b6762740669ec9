import { compact } from './canonical.js'
import type { Progress } from './record.js'
import { storable } from './storable.js'

/** The largest value of the contract's integer columns. */
const largest = 2_147_483_647
const mostCategories = 100

/**
 * Progress in what a task tells about itself (a custom event, or the meta of a PROGRESS state): `done` (or `current`,
 * as in Celery's own examples), `total`, `by_category`. Undefined where it tells none; odd values are left out.
 */
export function progressOf(fields: Readonly<Record<string, unknown>>, at: number): Progress | undefined {
  const done = count(fields.done) ?? count(fields.current)
  const total = count(fields.total)
  const byCategory = counts(fields.by_category)
  if (done === undefined && total === undefined && byCategory === undefined) return undefined
  return compact<Progress>({ at, done, total, byCategory })
}

function count(value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value >= 0 && value <= largest)) return undefined
  return Math.floor(value)
}

function counts(value: unknown): Record<string, number> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const entries = Object.entries(value)
    .filter((entry): entry is [string, number] => count(entry[1]) !== undefined)
    .slice(0, mostCategories)
  return entries.length === 0
    ? undefined
    : Object.fromEntries(entries.map(([key, n]) => [storable(key), Math.floor(n)]))
}
