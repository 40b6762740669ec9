import { Malformed } from '../errors.js'
import { maxDepth, textOrBase64, tooDeep } from '../json-value.js'

/** What the instructions of a pickle make. The same list or dict may stand in several places, also in itself. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | { readonly kind: 'list' | 'tuple' | 'set'; readonly items: PickleValue[] }
  | { readonly kind: 'dict'; readonly entries: [PickleValue, PickleValue][] }

/** What values that stand in several places may add to a result. */
const sharedUnits = 1_000_000

/**
 * The value as JSON has it, in the same way as `toJsonValue`: bytes are their text (base64 where they are no UTF-8),
 * large integers text, NaN and infinities null, tuples and sets lists. Keys are what Python's json makes of them.
 *
 * A few bytes can say "this list, ten times", again and again. So values and characters are counted: what has none twice
 * has no more of both than its pickle has bytes. Malformed `too_large` and `too_deep`.
 */
export function pickleAsJson(value: PickleValue, bytes: number): unknown {
  return new Converter(2 * bytes + sharedUnits).convert(value, 0)
}

class Converter {
  #unitsLeft: number

  constructor(units: number) {
    this.#unitsLeft = units
  }

  convert(value: PickleValue, depth: number): unknown {
    if (depth > maxDepth) throw tooDeep()
    this.#count(1)
    if (typeof value === 'string') return this.#text(value)
    if (typeof value === 'number') return Number.isFinite(value) ? value : null
    if (typeof value === 'bigint') return this.#text(value.toString())
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Uint8Array) return this.#bytes(value)
    if (value.kind !== 'dict') return value.items.map((item) => this.convert(item, depth + 1))
    return Object.fromEntries(
      value.entries.map(([key, item]) => [this.#key(key, depth), this.convert(item, depth + 1)]),
    )
  }

  #key(key: PickleValue, depth: number): string {
    const json = this.convert(key, depth + 1)
    return typeof json === 'string' ? json : JSON.stringify(json)
  }

  #text(text: string): string {
    this.#count(text.length)
    return text
  }

  #bytes(bytes: Uint8Array): string {
    this.#count(bytes.length)
    return textOrBase64(bytes)
  }

  #count(units: number): void {
    this.#unitsLeft -= units
    if (this.#unitsLeft < 0)
      throw new Malformed('too_large', 'the pickle repeats its values too often to be read')
  }
}
