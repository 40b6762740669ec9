import { isPlainObject } from '../json-value.js'

/**
 * The last line of a Python traceback for an exception as result backends store it
 * (`celery.backends.base.Backend.prepare_exception`): `ValueError: x`, `shop.errors.Declined: ('card', 7)`.
 * null where the result is no exception.
 */
export function exceptionText(result: unknown): string | null {
  if (!isPlainObject(result) || typeof result.exc_type !== 'string') return null
  const { exc_type: type, exc_module: module, exc_message: message } = result
  const isPlain = typeof module !== 'string' || module === '' || ['builtins', '__main__'].includes(module)
  const name = isPlain ? type : `${module}.${type}`
  const text = messageText(message, type)
  return text === '' ? name : `${name}: ${text}`
}

/** Python's `str(exception)`: nothing, the only argument, or the tuple of them. A KeyError shows its key's repr. */
function messageText(message: unknown, type: string): string {
  if (!Array.isArray(message))
    return typeof message === 'string' ? message : message == null ? '' : repr(message)
  if (message.length === 0) return ''
  if (message.length > 1) return `(${message.map(repr).join(', ')})`
  const only: unknown = message[0]
  return typeof only === 'string' && type !== 'KeyError' ? only : repr(only)
}

/** Python's repr of a JSON value. */
export function repr(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return reprOfText(value)
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`
  if (!isPlainObject(value)) return String(value)
  const entries = Object.entries(value).map(([key, inner]) => `${reprOfText(key)}: ${repr(inner)}`)
  return `{${entries.join(', ')}}`
}

function reprOfText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replace(/[\0-\x1f\x7f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote
}
