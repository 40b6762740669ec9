/** Who wrote the text: Python's `repr`, or Celery's `saferepr`, which escapes nothing but `'`. */
export type Writer = 'python' | 'celery'

/** One quoted string or bytes literal in a text, read. */
export interface QuotedToken {
  /** Index after the closing quote. */
  readonly end: number
  readonly value: string
  readonly isBytes: boolean
}

/** Why a quoted token could not be read. */
export type QuotedProblem = 'unclosed' | 'invalid'

const opening = /(?:[ub]|b?r|rb)?['"]/iy

const simpleEscapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

const hexDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

/**
 * Reads the literal that starts at `start`; null where none starts there. Python's rules:
 * https://docs.python.org/3/reference/lexical_analysis.html#string-and-bytes-literals. Bytes come as one character a byte.
 */
export function readQuoted(text: string, start: number, writer: Writer): QuotedToken | QuotedProblem | null {
  opening.lastIndex = start
  if (!opening.test(text)) return null
  let from = opening.lastIndex
  const quote = text[from - 1]
  // saferepr always quotes with '.
  if (writer === 'celery' && quote === '"') return null

  const prefix = text.slice(start, from - 1).toLowerCase()
  const isBytes = prefix.includes('b')
  const isRaw = prefix.includes('r')
  let value = ''
  for (let at = from; at < text.length; ) {
    const character = text[at]
    if (character === quote) {
      return { end: at + 1, value: value + text.slice(from, at), isBytes }
    }
    if (character !== '\\') {
      at += 1
      continue
    }
    const escaped =
      isRaw || (writer === 'celery' && text[at + 1] !== quote) ? null : readEscape(text, at, isBytes)
    if (escaped === 'invalid') return 'invalid'
    if (escaped !== null) {
      value += text.slice(from, at) + escaped.value
      from = escaped.end
    }
    // In a raw string a backslash still keeps the quote after it from ending the string.
    at = escaped?.end ?? (isRaw ? at + 2 : at + 1)
  }
  return 'unclosed'
}

/** The escape that starts at a backslash; null for one that Python leaves as it is. */
function readEscape(
  text: string,
  at: number,
  isBytes: boolean,
): { value: string; end: number } | 'invalid' | null {
  const letter = text[at + 1]
  if (letter === undefined) return null
  const simple = simpleEscapes[letter]
  if (simple !== undefined) return { value: simple, end: at + 2 }

  const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0]
  if (octal !== undefined)
    return { value: String.fromCharCode(Number.parseInt(octal, 8)), end: at + 1 + octal.length }

  const width = isBytes && letter !== 'x' ? undefined : hexDigits[letter]
  // repr never writes \N{…}; reading it would take the names of all of Unicode.
  if (width === undefined) return letter === 'N' && !isBytes ? 'invalid' : null
  const digits = text.slice(at + 2, at + 2 + width)
  const code = /^[0-9a-f]+$/i.test(digits) && digits.length === width ? Number.parseInt(digits, 16) : -1
  if (code < 0 || code > 0x10ffff) return 'invalid'
  return { value: String.fromCodePoint(code), end: at + 2 + width }
}
