import { readQuoted, type Writer } from './python-strings.js'

/**
 * A Python value as its repr tells it. Integers beyond 2^53 are bigint; floats are number, so 1.0 and 1 are the same.
 */
export type LiteralValue =
  | null
  | boolean
  | number
  | bigint
  | string
  /** As written: Celery's own reprs hold binary bytes in hex, without saying so. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'tuple' | 'list' | 'set' | 'frozenset'; readonly items: readonly LiteralValue[] }
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [LiteralValue, LiteralValue])[] }
  /** What Celery cut by itself: a string that ends in `...`, or `[...]` below its third level. `text` as it stands. */
  | { readonly kind: 'cut'; readonly text: string }
  /** What is no literal (`datetime.date(2024, 1, 1)`, `<object at 0x7f>`), as it stands. */
  | { readonly kind: 'opaque'; readonly raw: string }

/** What one pass over a text gave. */
export interface Reading {
  /** undefined where nothing could be read. */
  readonly value: LiteralValue | undefined
  readonly state: 'whole' | 'truncated' | 'unreadable'
  /** Whether `cut` values are in it. */
  readonly hasCuts: boolean
  /** Where each quoted token starts and ends, for comparing two readings. */
  readonly spans: readonly number[]
}

/** Deeper than this, brackets are only matched and what is in them stays raw. Celery itself stops at 3. */
const maxDepth = 100

/** As many digits as Python's own int() takes. */
const maxDigits = 4300

const closers = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
  ['<', '>'],
])

const words = new Map<string, LiteralValue>([
  ['None', null],
  ['True', true],
  ['False', false],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['nan', Number.NaN],
])

const wordPattern =
  /None|True|False|-?inf|nan|[+-]?(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:e[+-]?\d+)?/iy
/** What nearly every number is. */
const plainInteger = /^[1-9]\d{0,14}$/
const emptySetPattern = /(?:frozen)?set\(\)/y
/** What saferepr puts for a container that is nested too deep, and repr for one within itself. */
const shallowPattern = /\[\.\.\.\]|\(\.\.\.,?\)|(?:frozenset\()?\{\.\.\.\}\)?/y
/** Celery's cut, which can stand where a value would: `[1, ...]`, `[1, , ...]`, `{'a', ...}`. */
const cutPattern = /\s*(?:,\s*)?\.\.\./y

class Unreadable extends Error {}

/** Reads one literal in a single pass, without evaluating anything. */
export class LiteralReader {
  readonly #text: string
  readonly #writer: Writer
  readonly #mayBeCut: boolean
  readonly #spans: number[] = []
  #at = 0
  #truncated = false
  #hasCuts = false

  constructor(text: string, writer: Writer, mayBeCut: boolean) {
    this.#text = text
    this.#writer = writer
    this.#mayBeCut = mayBeCut
  }

  read(): Reading {
    try {
      const value = this.#element('', 0)
      this.#takeCut()
      if (!this.#isAtEnd('')) throw new Unreadable()
      return this.#reading(value, this.#truncated ? 'truncated' : 'whole')
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      return this.#reading(undefined, this.#truncated ? 'truncated' : 'unreadable')
    }
  }

  #reading(value: LiteralValue | undefined, state: Reading['state']): Reading {
    return { value, state, hasCuts: this.#hasCuts, spans: this.#spans }
  }

  /** One value, up to one of `ends` or a closing bracket; '' is the end of the text. undefined: it was cut off. */
  #element(ends: '' | ',' | ',:', depth: number): LiteralValue | undefined {
    this.#skipSpace()
    if (this.#takeCut()) return undefined
    const start = this.#at
    const quoted = this.#quoted()
    if (quoted !== undefined) return quoted.value
    const container = this.#container(depth)
    if (container !== undefined) return container
    const word = this.#word()
    if (word !== undefined) {
      if (this.#text.startsWith('...', this.#at) && this.#takeCut()) return undefined
      if (this.#isAtEnd(ends)) return word
    }
    this.#at = start
    return this.#opaque(ends)
  }

  #quoted(): { value: LiteralValue | undefined } | undefined {
    const token = readQuoted(this.#text, this.#at, this.#writer)
    if (token === null) return undefined
    if (token === 'invalid') throw new Unreadable()
    if (token === 'unclosed') {
      this.#truncated = true
      this.#at = this.#text.length
      return { value: undefined }
    }
    this.#spans.push(this.#at, token.end)
    this.#at = token.end
    const { value, isBytes } = token
    // saferepr cuts a long string back to its last space, and may then go on as if nothing had happened.
    if (this.#mayBeCut && value.endsWith('...')) return { value: this.#cut(value) }
    if (!isBytes) return { value }
    return {
      value: { kind: 'bytes', bytes: Buffer.from(value, this.#writer === 'celery' ? 'utf8' : 'latin1') },
    }
  }

  #cut(text: string): LiteralValue {
    this.#hasCuts = true
    return { kind: 'cut', text }
  }

  #container(depth: number): LiteralValue | undefined {
    const first = this.#text[this.#at]
    if (first === undefined || !'[({fs'.includes(first)) return undefined
    const emptySet = this.#match(emptySetPattern)
    if (emptySet !== undefined) return { kind: emptySet === 'set()' ? 'set' : 'frozenset', items: [] }
    const shallow = this.#match(shallowPattern)
    if (shallow !== undefined) return this.#cut(shallow)
    if (depth >= maxDepth) return undefined
    const start = this.#at
    if (this.#take('[')) return { kind: 'list', items: this.#items(']', depth).items }
    if (this.#take('frozenset({')) return { kind: 'frozenset', items: this.#items('})', depth).items }
    if (this.#take('{')) return this.#dictOrSet(depth)
    if (!this.#take('(')) return undefined
    const { items, commas } = this.#items(')', depth)
    // Only brackets around one value, as in (1+2j): no tuple.
    if (items.length === 1 && commas === 0 && !this.#truncated) return this.#raw(start)
    return { kind: 'tuple', items }
  }

  #items(closer: string, depth: number): { items: LiteralValue[]; commas: number } {
    const items: LiteralValue[] = []
    let commas = 0
    while (!this.#takeCloser(closer)) {
      const item = this.#element(',', depth + 1)
      if (item !== undefined) items.push(item)
      if (this.#takeComma()) commas += 1
    }
    return { items, commas }
  }

  #dictOrSet(depth: number): LiteralValue {
    const items: LiteralValue[] = []
    const entries: [LiteralValue, LiteralValue][] = []
    let isDict: boolean | undefined
    while (!this.#takeCloser('}')) {
      const key = this.#element(',:', depth + 1)
      this.#skipSpace()
      if (this.#take(':')) {
        if (isDict === false) throw new Unreadable()
        isDict = true
        const value = this.#element(',', depth + 1)
        if (key !== undefined && value !== undefined) entries.push([key, value])
      } else if (isDict) {
        // A key without a value is only possible just before the cut.
        if (key !== undefined && !this.#takeCut() && !this.#isAtEnd('')) throw new Unreadable()
      } else if (key !== undefined) {
        isDict = false
        items.push(key)
      }
      this.#takeComma()
    }
    return isDict === false ? { kind: 'set', items } : { kind: 'dict', entries }
  }

  #word(): LiteralValue | undefined {
    const text = this.#match(wordPattern)
    if (text === undefined) return undefined
    const known = words.get(text)
    if (known !== undefined) return known
    if (plainInteger.test(text)) return Number(text)
    if (!/\d/.test(text) || /__|_$|_[.e]|[.e]_/i.test(text)) return undefined
    const digits = text.replaceAll('_', '')
    if (!/^[+-]?\d+$/.test(digits)) return Number(digits)
    if (digits.length > maxDigits || /^[+-]?0+[1-9]/.test(digits)) return undefined
    const value = Number(digits)
    return Number.isSafeInteger(value) ? value : BigInt(digits.replace(/^\+/, ''))
  }

  /** Anything else, such as `datetime.date(2024, 1, 1)` or `<object at 0x7f>`, unread: brackets and quotes must match. */
  #opaque(ends: string): LiteralValue | undefined {
    const start = this.#at
    const open: string[] = []
    let isCut = false
    for (; this.#at < this.#text.length; this.#at += 1) {
      const character = this.#text[this.#at] ?? ''
      if (open.length === 0 && this.#ends(character, ends)) break
      const closer = closers.get(character)
      if (closer !== undefined) open.push(closer)
      else if (character === open.at(-1)) open.pop()
      else if (character === "'" || character === '"') this.#skipQuotedInOpaque(start, isCut)
      else if (character === '.' && this.#text.startsWith('...', this.#at)) isCut = true
      else if (')]}\\'.includes(character)) this.#fail(isCut)
    }
    if (open.length > 0 || this.#at === start) this.#fail(isCut)
    if (isCut) this.#truncated = true
    return this.#raw(start)
  }

  #skipQuotedInOpaque(start: number, isCut: boolean): void {
    // At its start it is a string that the writer would not write.
    const token = this.#at === start ? null : readQuoted(this.#text, this.#at, 'python')
    if (token === null || typeof token === 'string') this.#fail(isCut || this.#text.includes('...', this.#at))
    else this.#at = token.end - 1
  }

  #fail(isCut: boolean): never {
    if (isCut) this.#truncated = true
    throw new Unreadable()
  }

  #raw(start: number): LiteralValue {
    return { kind: 'opaque', raw: this.#text.slice(start, this.#at).trimEnd() }
  }

  #takeCloser(closer: string): boolean {
    this.#skipSpace()
    if (this.#take(closer)) return true
    if (this.#at < this.#text.length) return false
    this.#truncated = true
    return true
  }

  /** What follows a value must be a comma, a closing bracket, the cut or the end. */
  #takeComma(): boolean {
    this.#skipSpace()
    if (this.#take(',')) return true
    if (!this.#isAtEnd(',') && !this.#text.startsWith('...', this.#at)) throw new Unreadable()
    return false
  }

  #takeCut(): boolean {
    // What nearly everything begins with begins no cut.
    if (/['\w[{}\])]/.test(this.#text[this.#at] ?? '')) return false
    if (this.#match(cutPattern) === undefined) return false
    this.#truncated = true
    return true
  }

  #isAtEnd(ends: string): boolean {
    this.#skipSpace()
    const character = this.#text[this.#at]
    return character === undefined || this.#ends(character, ends)
  }

  #ends(character: string, ends: string): boolean {
    return ends !== '' && (ends.includes(character) || ')]}'.includes(character))
  }

  #skipSpace(): void {
    while (' \n\r\t'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false
    this.#at += token.length
    return true
  }

  #match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#at
    if (!sticky.test(this.#text)) return undefined
    const start = this.#at
    this.#at = sticky.lastIndex
    return this.#text.slice(start, this.#at)
  }
}
