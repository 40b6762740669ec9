import { isPlainObject } from './json-value.js'

/** Readers of what workers reply: nothing of it is certain to be there, or to be of the right kind. */

export type Settings = Readonly<Record<string, unknown>>

export function record(value: unknown): Settings {
  return isPlainObject(value) ? value : {}
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
