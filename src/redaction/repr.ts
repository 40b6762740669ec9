import { readQuoted, type Writer } from '../celery/python-strings.js'
import { closers } from './brackets.js'
import { keyBefore } from './key-before.js'
import { isCount, isNoSecret, marker } from './marker.js'
import type { SecretKeys } from './secret-keys.js'

export interface ReprRules {
  readonly keys: SecretKeys
  /** What is in a string: it may itself be JSON, a URL, a log line. */
  readonly inString: (text: string) => string
  /** What is between strings. */
  readonly between: (text: string) => string
}

/** Whether a text looks like a Python repr or JSON: a container, a string, `ValueError(…)`. */
export function looksLikeRepr(text: string): boolean {
  return /^\s{0,8}(?:[([{<]|[bu]?['"]|[\w.]{1,100}\()/i.test(text)
}

/**
 * Replaces values behind secret keys in a Python repr or JSON, whole or cut short, so that it reads as before: the value
 * becomes a string. null where quotes don't stand as in a repr: then it is some other text.
 */
export function redactRepr(text: string, writer: Writer | 'either', rules: ReprRules): string | null {
  return new ReprRedactor(text, writer, rules).redact()
}

interface Token {
  readonly start: number
  readonly end: number
  readonly value: string
  /** Such as `b'`. */
  readonly opening: string
  readonly closed: boolean
}

class NoRepr extends Error {}

/** Between `<` and `>` stands what an object tells of itself. Elsewhere they are signs like others. */
const closersInValues = new Map([...closers, ['<', '>']])
/** Spaces between a key and its `:`. */
const mostBetween = 8

class ReprRedactor {
  readonly #text: string
  readonly #writer: Writer | 'either'
  readonly #rules: ReprRules
  readonly #parts: string[] = []
  /** Closing brackets that are to come. */
  readonly #open: string[] = []
  /** Everything before is in `#parts`. */
  #done = 0

  constructor(text: string, writer: Writer | 'either', rules: ReprRules) {
    this.#text = text
    this.#writer = writer
    this.#rules = rules
  }

  redact(): string | null {
    try {
      this.#walk()
      this.#copyTo(this.#text.length)
      return this.#parts.join('')
    } catch (error) {
      if (!(error instanceof NoRepr)) throw error
      return null
    }
  }

  #walk(): void {
    const stop = /['":=]/g
    let last: Token | undefined
    for (let match = stop.exec(this.#text); match !== null; match = stop.exec(this.#text)) {
      if (match[0] === "'" || match[0] === '"') {
        last = this.#tokenAt(match.index)
        this.#copyTo(last.start)
        this.#parts.push(this.#redactedToken(last))
        this.#done = last.end
      } else {
        this.#takeValue(match.index, last)
      }
      stop.lastIndex = Math.max(this.#done, match.index + 1)
    }
  }

  #copyTo(end: number): void {
    if (end <= this.#done) return
    const between = this.#text.slice(this.#done, end)
    this.#checkBrackets(between)
    this.#parts.push(this.#rules.between(between))
    this.#done = end
  }

  /** Brackets that don't match show that quotes were taken for others than they are. */
  #checkBrackets(between: string): void {
    for (const character of between) {
      const closer = closers.get(character)
      if (closer !== undefined) this.#open.push(closer)
      else if (')]}'.includes(character) && this.#open.pop() !== character) throw new NoRepr()
    }
  }

  /** Replaces what stands behind the `:` or `=` at `at`, where the key before it is secret. */
  #takeValue(at: number, last: Token | undefined): void {
    const isKey =
      last !== undefined && at - last.end <= mostBetween && this.#text.slice(last.end, at).trim() === ''
    const key = isKey ? last.value : keyBefore(this.#text, at, this.#done).key
    const found = key === '' ? null : this.#rules.keys.find(key)
    if (found === null) return
    const start = this.#skipSpace(at + 1)
    const { end, quote, closed } = this.#valueAt(start, this.#text[at] === '=')
    const value = this.#text.slice(start, end).trimEnd()
    if (isNoSecret(value) || (found.plural && isCount(value)) || value === key) return
    this.#copyTo(start)
    const ownMark = isKey ? last.opening.slice(-1) : (quote ?? "'")
    const mark = this.#writer === 'celery' ? "'" : ownMark
    const cut = !closed && value.endsWith('...') ? '...' : ''
    this.#parts.push(mark + marker + mark + cut + this.#text.slice(start + value.length, end))
    this.#done = end
  }

  /** Where a value ends: a string, or all up to a comma or a closing bracket; behind `=` also up to a space. */
  #valueAt(start: number, isAssigned: boolean): { end: number; quote?: string | undefined; closed: boolean } {
    const prefix = /[bu]?(?=['"])/iy
    prefix.lastIndex = start
    const mark = prefix.exec(this.#text)
    if (mark !== null) {
      const { end, opening, closed } = this.#tokenAt(start + mark[0].length)
      // Then it went on into the next key.
      if (this.#text[this.#skipSpace(end)] === ':') throw new NoRepr()
      return { end, closed, quote: opening.slice(-1) }
    }
    const open: string[] = []
    for (let at = start; at < this.#text.length; at += 1) {
      const character = this.#text[at] ?? ''
      if (character === "'" || character === '"') {
        at = this.#tokenAt(at).end - 1
        continue
      }
      const ends = isAssigned ? ', \n)]}>' : ',)]}'
      if (open.length === 0 && ends.includes(character)) return { end: at, closed: true }
      const closer = closersInValues.get(character)
      if (closer !== undefined) open.push(closer)
      else if (character === open.at(-1)) open.pop()
    }
    return { end: this.#text.length, closed: open.length === 0 }
  }

  /** The string whose quote is at `at`. Next to a letter and the like it would be none: an apostrophe, most likely. */
  #tokenAt(at: number): Token {
    const before = /[bBuU]/.test(this.#text[at - 1] ?? '') ? at - 1 : at
    const start = before < at && /[\w\\]/.test(this.#text[before - 1] ?? '') ? at : before
    if (start > this.#done && /[\w\\'"]/.test(this.#text[start - 1] ?? '')) throw new NoRepr()
    const opening = this.#text.slice(start, at + 1)
    const read = this.#read(start, opening)
    if (read === null) {
      const value = this.#readCut(start) ?? this.#text.slice(at + 1)
      return { start, end: this.#text.length, value, opening, closed: false }
    }
    if (!/[\s,:;=.)\]}>]/.test(this.#text[read.end] ?? ' ')) throw new NoRepr()
    return { start, ...read, opening, closed: true }
  }

  /** null where it isn't closed. Where two ways of reading disagree on its end, there is no telling. */
  #read(start: number, opening: string): { end: number; value: string } | null {
    const isPython = opening.endsWith('"') || this.#writer === 'python'
    const token = readQuoted(this.#text, start, this.#writer === 'celery' && !isPython ? 'celery' : 'python')
    if (token === null || token === 'invalid') throw new NoRepr()
    if (!isPython && this.#writer === 'either') {
      const other = readQuoted(this.#text, start, 'celery')
      if (endOf(other) !== endOf(token)) throw new NoRepr()
    }
    return token === 'unclosed' ? null : token
  }

  /** What a string that was cut off holds, without the half of an escape that it may end in. */
  #readCut(start: number): string | undefined {
    const rest = this.#text.slice(start)
    const mark = /['"]/.exec(rest)?.[0] ?? ''
    for (const whole of [rest, rest.slice(0, Math.max(0, rest.lastIndexOf('\\')))]) {
      const token = readQuoted(
        whole + mark,
        0,
        this.#writer === 'celery' && mark === "'" ? 'celery' : 'python',
      )
      if (token !== null && typeof token !== 'string' && token.end > whole.length) return token.value
    }
    return undefined
  }

  #redactedToken({ start, end, value, opening, closed }: Token): string {
    const redacted = this.#rules.inString(value)
    if (redacted === value) return this.#text.slice(start, end)
    const written = quoted(redacted, opening, this.#writer)
    return closed ? written : written.slice(0, -1)
  }

  #skipSpace(from: number): number {
    let at = from
    while (' \n\r\t'.includes(this.#text[at] ?? 'x')) at += 1
    return at
  }
}

function endOf(token: ReturnType<typeof readQuoted>): number | string | undefined {
  return typeof token === 'string' ? token : token?.end
}

/** Writes a string as its writer would. */
function quoted(value: string, opening: string, writer: Writer | 'either'): string {
  const mark = opening.slice(-1)
  if (writer === 'celery' && mark === "'") return `${opening}${value.replaceAll("'", "\\'")}'`
  const isBytes = opening.length > 1 && /b/i.test(opening)
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll(mark, `\\${mark}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replace(isBytes ? /[\0-\x1f\x7f-\xff]/g : /[\0-\x1f\x7f]/g, (character) => {
      const code = character.charCodeAt(0).toString(16)
      return isBytes ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`
    })
  return opening + escaped + mark
}
