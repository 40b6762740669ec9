import { longestKey } from './secret-keys.js'

const space = 32
const backslash = 92
const closingBracket = 93

/** Spaces between a key and its `:` or `=`, and the backslashes of a nested quote, at most. */
const mostBetween = 8

/** The key that stands before the `:` or `=` at `at`, and the quote after it with its backslashes; '' where there is none. */
export interface KeyBefore {
  readonly key: string
  readonly quote: string
}

/**
 * Reads backwards a bounded way, so that looking at every `:` and `=` of a text stays linear: `password=`,
 * `'password': `, `\"password\":`, `config["password"] = `.
 */
export function keyBefore(text: string, at: number, from = 0): KeyBefore {
  let end = skipSpaceBack(text, at, from)
  if (text.charCodeAt(end - 1) === closingBracket && isQuote(text.charCodeAt(end - 2))) end -= 1
  const mark = text.charCodeAt(end - 1)
  if (end <= from || !isQuote(mark)) return { key: text.slice(wordStart(text, end, from), end), quote: '' }

  let wordEnd = end - 1
  while (wordEnd > from && end - wordEnd < mostBetween && text.charCodeAt(wordEnd - 1) === backslash)
    wordEnd -= 1
  const start = keyStart(text, wordEnd, from)
  const isQuoted = start > from && text.charCodeAt(start - 1) === mark
  const key = text.slice(isQuoted ? start : wordStart(text, wordEnd, from), wordEnd)
  return { key, quote: text.slice(wordEnd, end) }
}

function skipSpaceBack(text: string, at: number, from: number): number {
  let end = at
  while (end > from && at - end < mostBetween && isSpace(text.charCodeAt(end - 1))) end -= 1
  return end
}

function wordStart(text: string, end: number, from: number): number {
  const least = Math.max(from, end - longestKey)
  let start = end
  while (start > least && isWord(text.charCodeAt(start - 1))) start -= 1
  return start
}

/** In quotes a key may have spaces. */
function keyStart(text: string, end: number, from: number): number {
  const least = Math.max(from, end - longestKey)
  let start = end
  while (start > least && (isWord(text.charCodeAt(start - 1)) || text.charCodeAt(start - 1) === space))
    start -= 1
  return start
}

function isQuote(code: number): boolean {
  return code === 34 || code === 39
}

function isSpace(code: number): boolean {
  return code === space || code === 9
}

/** Letters, digits, `_`, `-`, `.`, and whatever is not ASCII. */
function isWord(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45 ||
    code === 46 ||
    code > 127
  )
}
