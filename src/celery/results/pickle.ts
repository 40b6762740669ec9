import { Malformed } from '../errors.js'
import type { BinaryResult } from './backend.js'
import { PickleBytes } from './pickle-bytes.js'
import { type PickleValue, pickleAsJson } from './pickle-value.js'

/** Larger pickles aren't read. */
const maxBytes = 16 * 1024 * 1024

/**
 * The JSON value of a Python pickle that holds nothing but None, booleans, numbers, text, bytes, lists, tuples, sets and
 * dicts. Protocols 0 to 5.
 *
 * Unpickling is running a program. This runs only the instructions that lay such values on a stack; none of those that
 * name, call or build anything of Python is known here, so a pickle that has one is refused: Malformed `not_primitive`.
 * One that is broken is `not_pickle`. Time and memory are bounded by the number of bytes: each instruction takes at
 * least one, and none does more than its operands are long.
 *
 * The instructions are described in https://github.com/python/cpython/blob/main/Lib/pickletools.py
 */
export function decodePickle(bytes: Buffer): unknown {
  if (bytes.length > maxBytes)
    throw new Malformed('too_large', `pickles of ${bytes.length} bytes are not read`)
  return pickleAsJson(new PickleMachine(new PickleBytes(bytes)).run(), bytes.length)
}

/** The same for a result, of which the state is worth showing also where the pickle holds more, or is broken. */
export function pickledResult(bytes: Buffer): unknown {
  try {
    return decodePickle(bytes)
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    const result: BinaryResult = { binary: 'pickle', size: bytes.length }
    return result
  }
}

class PickleMachine {
  readonly #bytes: PickleBytes
  readonly #stack: PickleValue[] = []
  /** Heights of the stack where MARK was met. */
  readonly #marks: number[] = []
  readonly #memo = new Map<number, PickleValue>()

  constructor(bytes: PickleBytes) {
    this.#bytes = bytes
  }

  run(): PickleValue {
    for (let code = this.#bytes.code(); code !== stop; code = this.#bytes.code()) this.#step(code)
    const value = this.#pop()
    if (this.#stack.length > 0) throw broken('it ends with several values')
    return value
  }

  #step(code: string): void {
    const scalar = scalars[code]
    if (scalar !== undefined) this.#stack.push(scalar(this.#bytes))
    else if (code === '(') this.#marks.push(this.#stack.length)
    else if (!this.#container(code) && !this.#memory(code)) this.#other(code)
  }

  #container(code: string): boolean {
    switch (code) {
      case ']':
        return this.#push({ kind: 'list', items: [] })
      case ')':
        return this.#push({ kind: 'tuple', items: [] })
      case '}':
        return this.#push({ kind: 'dict', entries: [] })
      case '\x8f':
        return this.#push({ kind: 'set', items: [] })
      case 'l':
        return this.#push({ kind: 'list', items: this.#popToMark() })
      case 't':
        return this.#push({ kind: 'tuple', items: this.#popToMark() })
      case '\x91':
        return this.#push({ kind: 'set', items: this.#popToMark() })
      case 'd':
        return this.#push({ kind: 'dict', entries: inPairs(this.#popToMark()) })
      case '\x85':
      case '\x86':
      case '\x87':
        return this.#push({ kind: 'tuple', items: this.#popMany(code.charCodeAt(0) - 0x84) })
      case 'a':
        return this.#extend('list', [this.#pop()])
      case 'e':
        return this.#extend('list', this.#popToMark())
      case '\x90':
        return this.#extend('set', this.#popToMark())
      case 's':
        return this.#setItems(this.#popMany(2))
      case 'u':
        return this.#setItems(this.#popToMark())
      default:
        return false
    }
  }

  #memory(code: string): boolean {
    switch (code) {
      case 'p':
        return this.#remember(this.#bytes.decimal())
      case 'q':
        return this.#remember(this.#bytes.uint(1))
      case 'r':
        return this.#remember(this.#bytes.uint(4))
      case '\x94':
        return this.#remember(this.#memo.size)
      case 'g':
        return this.#recall(this.#bytes.decimal())
      case 'h':
        return this.#recall(this.#bytes.uint(1))
      case 'j':
        return this.#recall(this.#bytes.uint(4))
      default:
        return false
    }
  }

  #other(code: string): void {
    switch (code) {
      case '\x80':
        if (this.#bytes.uint(1) > 5) throw broken('its protocol is newer than 5')
        return
      case '\x95':
        // A frame is a hint for readers of files.
        this.#bytes.uint(8)
        return
      case '0':
        if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop()
        else this.#pop()
        return
      case '1':
        this.#popToMark()
        return
      case '2':
        this.#push(this.#top())
        return
      default:
        throw new Malformed(
          'not_primitive',
          `the pickle has the instruction 0x${code.charCodeAt(0).toString(16)}, which is not read`,
        )
    }
  }

  #push(value: PickleValue): true {
    this.#stack.push(value)
    return true
  }

  #extend(kind: 'list' | 'set', items: readonly PickleValue[]): true {
    const target = this.#top()
    if (typeof target !== 'object' || target === null || !('kind' in target) || target.kind !== kind)
      throw broken(`items for what is no ${kind}`)
    for (const item of items) target.items.push(item)
    return true
  }

  #setItems(items: readonly PickleValue[]): true {
    const target = this.#top()
    if (typeof target !== 'object' || target === null || !('kind' in target) || target.kind !== 'dict')
      throw broken('entries for what is no dict')
    for (const entry of inPairs(items)) target.entries.push(entry)
    return true
  }

  #remember(index: number): true {
    this.#memo.set(index, this.#top())
    return true
  }

  #recall(index: number): true {
    const value = this.#memo.get(index)
    if (value === undefined) throw broken('it names a value that it does not have')
    return this.#push(value)
  }

  #top(): PickleValue {
    const value = this.#stack.length > this.#floor ? this.#stack.at(-1) : undefined
    if (value === undefined) throw broken('it takes a value that is not there')
    return value
  }

  #pop(): PickleValue {
    const value = this.#top()
    this.#stack.length -= 1
    return value
  }

  #popMany(count: number): PickleValue[] {
    if (this.#stack.length - count < this.#floor) throw broken('it takes values that are not there')
    return this.#stack.splice(-count)
  }

  #popToMark(): PickleValue[] {
    const mark = this.#marks.pop()
    if (mark === undefined) throw broken('it goes back to a mark that is not there')
    return this.#stack.splice(mark)
  }

  /** Nothing below the last mark is taken away while that stands. */
  get #floor(): number {
    return this.#marks.at(-1) ?? 0
  }
}

const stop = '.'

/** The instructions that lay one value on the stack; its operands follow them. */
const scalars: Readonly<Record<string, ((bytes: PickleBytes) => PickleValue) | undefined>> = {
  N: () => null,
  '\x88': () => true,
  '\x89': () => false,
  // Protocol 0 has no booleans: they are the integers 00 and 01.
  I: (bytes) => bytes.integerLine(),
  L: (bytes) => bytes.integerLine(),
  F: (bytes) => bytes.floatLine(),
  V: (bytes) => bytes.rawUnicodeLine(),
  J: (bytes) => bytes.int(4),
  K: (bytes) => bytes.uint(1),
  M: (bytes) => bytes.uint(2),
  '\x8a': (bytes) => bytes.long(bytes.uint(1)),
  '\x8b': (bytes) => bytes.long(bytes.uint(4)),
  G: (bytes) => bytes.double(),
  X: (bytes) => bytes.text(bytes.uint(4)),
  '\x8c': (bytes) => bytes.text(bytes.uint(1)),
  '\x8d': (bytes) => bytes.text(bytes.uint(8)),
  B: (bytes) => bytes.take(bytes.uint(4)),
  C: (bytes) => bytes.take(bytes.uint(1)),
  '\x8e': (bytes) => bytes.take(bytes.uint(8)),
  '\x96': (bytes) => bytes.take(bytes.uint(8)),
  // Python 2's str, which was bytes.
  T: (bytes) => bytes.take(bytes.uint(4)),
  U: (bytes) => bytes.take(bytes.uint(1)),
}

function inPairs(items: readonly PickleValue[]): [PickleValue, PickleValue][] {
  if (items.length % 2 !== 0) throw broken('a key without a value')
  const pairs: [PickleValue, PickleValue][] = []
  for (let at = 0; at < items.length; at += 2) pairs.push([items[at] ?? null, items[at + 1] ?? null])
  return pairs
}

function broken(why: string): Malformed {
  return new Malformed('not_pickle', `the pickle can't be read: ${why}`)
}
