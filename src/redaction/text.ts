import { closers } from './brackets.js'
import { keyBefore } from './key-before.js'
import { isCount, isNoSecret, marker } from './marker.js'
import type { SecretKey, SecretKeys } from './secret-keys.js'

/** Where a value stands in a text, and what goes there instead. */
interface Replacement {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** Source lines of a traceback, which stand below the file that they are from. */
const sourceLines = /(^ {2}File ".*(?:\n {4}.*)*\n?)/m

/** `redactValues`, line by line where a traceback shows source: quotes and brackets may be left open there. */
export function redactText(text: string, keys: SecretKeys): string {
  if (!text.includes('\n  File "')) return redactValues(text, keys)
  return text
    .split(sourceLines)
    .flatMap((part, nth) => (nth % 2 === 0 ? [part] : part.split(/(\n)/)))
    .map((part) => redactValues(part, keys))
    .join('')
}

/**
 * Replaces values behind secret keys in text of any kind: `password=abc`, `"token": "x"`, `Authorization: Basic …`, also in
 * quotes within quotes. Where the end of a value can't be told, all that follows goes.
 */
function redactValues(text: string, keys: SecretKeys): string {
  const delimiter = /[:=]/g
  const parts: string[] = []
  let done = 0
  for (let match = delimiter.exec(text); match !== null; match = delimiter.exec(text)) {
    const { key, quote } = keyBefore(text, match.index, done)
    const found = key === '' ? null : keys.find(key)
    const replacement = found === null ? null : replacementAt(text, match.index + 1, { found, key, quote })
    if (replacement === null) continue
    parts.push(text.slice(done, replacement.from), replacement.text)
    done = replacement.to
    delimiter.lastIndex = done
  }
  return done === 0 ? text : parts.join('') + text.slice(done)
}

interface Key {
  readonly found: SecretKey
  readonly key: string
  readonly quote: string
}

/** `==`, `:=`, `=>` are read as what they begin with. */
const leadIn = /[=>]?[ \t]{0,16}/y
const opening = /[bBuUrRfF]{0,2}(\\{0,8}['"])/y

function replacementAt(text: string, at: number, key: Key): Replacement | null {
  leadIn.lastIndex = at
  const from = at + (leadIn.exec(text)?.[0].length ?? 0)
  opening.lastIndex = from
  const [start, quote] = opening.exec(text) ?? []
  if (start !== undefined && quote !== undefined) return quotedAt(text, from, start, quote)
  if (text.startsWith(marker, from)) return null
  const value = closers.has(text[from] ?? '') ? containerAt(text, from) : bareAt(text, from, key)
  if (isNoSecret(value) || (key.found.plural && isCount(value)) || value === key.key) return null
  return { from, to: from + value.length, text: key.quote + marker + key.quote }
}

function quotedAt(text: string, from: number, start: string, quote: string): Replacement | null {
  const valueFrom = from + start.length
  const end = endOfQuoted(text, valueFrom, quote)
  const value = text.slice(valueFrom, end ?? text.length)
  if (isNoSecret(value)) return null
  if (end !== undefined) return { from: valueFrom, to: end, text: marker }
  return { from, to: text.length, text: `${quote}${marker}${quote}${value.endsWith('...') ? '...' : ''}` }
}

/**
 * Where the quote closes: the same mark with no more backslashes than opened it. undefined where there is none, and where
 * it may not be the end: what stands behind belongs to the value then (`'it's`) or makes it the end of the next key, or
 * the backslash before a `'` is Celery's, which may as well be the last character of a value.
 */
function endOfQuoted(text: string, from: number, quote: string): number | undefined {
  const mark = quote.slice(-1)
  const depth = quote.length - 1
  for (let at = text.indexOf(mark, from); at >= 0; at = text.indexOf(mark, at + 1)) {
    let first = at
    while (first > from && text[first - 1] === '\\') first -= 1
    const backslashes = at - first
    const isEscaped = depth === 0 ? backslashes % 2 === 1 : backslashes > depth
    if (isEscaped && mark === '"') continue
    const behind = text[at + 1] ?? ' '
    const isEnd = /[\s,;)\]}>.|/&#?!]/.test(behind) || (depth > 0 && behind === '\\')
    if (isEscaped || !isEnd || (depth === 0 && mark === "'" && backslashes > 0)) return undefined
    return depth === 0 ? at : first
  }
  return undefined
}

/** Up to the bracket that closes it; all there is where there may be another. */
function containerAt(text: string, from: number): string {
  const open: string[] = []
  for (let at = from; at < text.length; at += 1) {
    const character = text[at] ?? ''
    const closer = closers.get(character)
    if (closer !== undefined) open.push(closer)
    else if (character === open.at(-1)) open.pop()
    else if (character === "'" || character === '"') at = endOfPart(text, at)
    if (open.length === 0)
      return /[\s,;)\]}>.'"]/.test(text[at + 1] ?? ' ') ? text.slice(from, at + 1) : text.slice(from)
  }
  return text.slice(from)
}

/** Where a string within a container closes: a value, or a key. */
function endOfPart(text: string, at: number): number {
  const [key] = /^(['"])[\w .-]{1,64}\1(?=\s{0,8}:)/.exec(text.slice(at, at + 80)) ?? []
  return key === undefined ? (endOfQuoted(text, at + 1, text[at] ?? '') ?? text.length) : at + key.length - 1
}

/** Up to a space, a quote or the next `name=`. Lazy, so that it needs no more stack for a long one. */
const bareValue = /[\s\S]*?(?=[\s&]|['"`](?!\w)|[,;][ \t]?[\w.-]{1,64}[ \t]?[:=]|\\['"nrt]|$)/y
const schemed = /(?:basic|bearer|digest|token|apikey|negotiate)[ \t]+/iy

function bareAt(text: string, from: number, { found, quote }: Key): string {
  if (found.header && quote === '') return /^[^\r\n]*/.exec(text.slice(from))?.[0].trimEnd() ?? ''
  schemed.lastIndex = from
  const scheme = schemed.exec(text)?.[0] ?? ''
  bareValue.lastIndex = from + scheme.length
  const value = bareValue.exec(text)?.[0] ?? ''
  return value === '' ? '' : scheme + value.replace(/[)\]}>,;.]{1,8}$/, '')
}
