import { Malformed } from './errors.js'

/** Deeper than anything Python's own json module writes without complaint, and safe for our recursive readers. */
export const maxDepth = 500

/** Throws Malformed `too_deep` where lists and objects nest so deep that recursion over them could overflow. */
export function checkDepth(value: unknown, depth = 0): void {
  if (typeof value !== 'object' || value === null) return
  if (depth > maxDepth) throw tooDeep()
  if (Array.isArray(value)) for (const inner of value) checkDepth(inner, depth + 1)
  // No list of its values: this runs for each event.
  else for (const key in value) checkDepth(value[key as keyof typeof value], depth + 1)
}

/**
 * What MessagePack and YAML read beyond JSON, made JSON: bytes become their text (base64 where they are no UTF-8),
 * times ISO 8601, NaN and infinities null, maps with other keys objects, anything else null.
 */
export function toJsonValue(value: unknown, depth = 0): unknown {
  if (depth > maxDepth) throw tooDeep()
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map((inner) => toJsonValue(inner, depth + 1))
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return textOrBase64(value)
  if (value instanceof Set) return [...value].map((inner) => toJsonValue(inner, depth + 1))
  if (value instanceof Map || isPlainObject(value)) {
    const entries = value instanceof Map ? [...value] : Object.entries(value)
    return Object.fromEntries(entries.map(([key, inner]) => [String(key), toJsonValue(inner, depth + 1)]))
  }
  return null
}

/** Whether it is what a JSON object parses to. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

export function textOrBase64(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return Buffer.from(bytes).toString('base64')
  }
}

export function tooDeep(): Malformed {
  return new Malformed('too_deep', `lists and objects nest deeper than ${maxDepth} levels`)
}
