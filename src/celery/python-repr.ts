/** Characters after which Celery cuts the reprs of arguments as well (`argsrepr_maxsize`). */
const longest = 1024
const deepest = 20

/** A JSON value as Python's `repr` writes it, as a tuple where it is a task's `args`; cut where it is long. */
export function argumentsRepr(value: unknown): string | null {
  if (value === null || value === undefined) return null
  const text = Array.isArray(value) ? tuple(value) : repr(value, 0)
  return text.length > longest ? `${text.slice(0, longest)}...` : text
}

function tuple(items: readonly unknown[]): string {
  const inner = items.map((item) => repr(item, 1)).join(', ')
  return items.length === 1 ? `(${inner},)` : `(${inner})`
}

function repr(value: unknown, depth: number): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object') return String(value)
  if (depth > deepest) return '...'
  if (Array.isArray(value)) return `[${value.map((item) => repr(item, depth + 1)).join(', ')}]`
  const entries = Object.entries(value).map(([key, item]) => `${quoted(key)}: ${repr(item, depth + 1)}`)
  return `{${entries.join(', ')}}`
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .slice(0, longest)
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return `${quote}${escaped}${quote}`
}
