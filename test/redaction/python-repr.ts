import type { Writer } from '../../src/celery/python-strings.js'

/** What Python values are made of, as far as the tests need them. */
export type Value = null | boolean | number | string | Bytes | readonly Value[] | Dict
export interface Bytes {
  readonly bytes: string
}
export interface Dict {
  readonly dict: readonly (readonly [string, Value])[]
}

/** The repr of a value as Python writes it, or Celery's saferepr, which escapes nothing but `'`. */
export function reprOf(value: Value, writer: Writer): string {
  if (value === null) return 'None'
  if (isList(value)) return `[${value.map((item) => reprOf(item, writer)).join(', ')}]`
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return quoted(value, writer)
  if ('bytes' in value) return `b${quoted(value.bytes, writer)}`
  const entries = value.dict.map(([key, item]) => `${quoted(key, writer)}: ${reprOf(item, writer)}`)
  return `{${entries.join(', ')}}`
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

function quoted(text: string, writer: Writer): string {
  if (writer === 'celery') return `'${text.replaceAll("'", "\\'")}'`
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return mark + (mark === "'" ? escaped.replaceAll("'", "\\'") : escaped) + mark
}
