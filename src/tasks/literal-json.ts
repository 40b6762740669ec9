import { type LiteralValue, parseLiteral } from '../celery/python-literal.js'
import type { Json } from './job.js'
import { type CappedText, storable } from './storable.js'

/**
 * The JSON that a Python repr stands for, where it was read whole and JSON can say it; the repr itself as a string
 * otherwise. Tuples and sets become lists, as Python's own json does with tuples.
 */
export function literalAsJson({ text, size }: CappedText): Json {
  const literal = size === undefined ? parseLiteral(text) : undefined
  if (literal === undefined || !literal.complete || literal.value === undefined) return text
  const json = toJson(literal.value)
  return json === undefined ? text : json
}

function toJson(value: LiteralValue): Json | undefined {
  if (typeof value === 'string') return storable(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'bigint') return undefined
  if (typeof value !== 'object' || value === null) return value
  switch (value.kind) {
    case 'tuple':
    case 'list':
    case 'set':
    case 'frozenset':
      return allOrNone(value.items.map(toJson))
    case 'dict': {
      const values = allOrNone(value.entries.map(([, item]) => toJson(item)))
      const keys = value.entries.map(([key]) => key)
      if (values === undefined || !keys.every((key) => typeof key === 'string')) return undefined
      return Object.fromEntries(keys.map((key, at) => [storable(key), values[at] ?? null]))
    }
    default:
      return undefined
  }
}

function allOrNone(items: readonly (Json | undefined)[]): Json[] | undefined {
  return items.every((item) => item !== undefined) ? [...items] : undefined
}
