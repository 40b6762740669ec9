import { longestKey } from './secret-keys.js'

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
  let end = skipBack(text, at, from, isSpace)
  if (text[end - 1] === ']' && isQuote(text.charCodeAt(end - 2))) end -= 1
  const mark = text.charCodeAt(end - 1)
  if (end <= from || !isQuote(mark)) return { key: wordBefore(text, end, from), quote: '' }

  const wordEnd = skipBack(text, end - 1, from, (code) => code === 92)
  const quote = text.slice(wordEnd, end)
  const start = text.lastIndexOf(quote.slice(-1), wordEnd - 1)
  const isNear = start >= from && wordEnd - start <= longestKey / 2
  const quoted = isNear ? text.slice(start + 1, wordEnd) : ''
  return { key: /^[\w .-]+$/.test(quoted) ? quoted : wordBefore(text, wordEnd, from), quote }
}

function wordBefore(text: string, end: number, from: number): string {
  let start = end
  const least = Math.max(from, end - longestKey)
  while (start > least && isWord(text.charCodeAt(start - 1))) start -= 1
  return text.slice(start, end)
}

function skipBack(text: string, at: number, from: number, matches: (code: number) => boolean): number {
  let end = at
  while (end > from && at - end < mostBetween && matches(text.charCodeAt(end - 1))) end -= 1
  return end
}

function isQuote(code: number): boolean {
  return code === 34 || code === 39
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9
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
