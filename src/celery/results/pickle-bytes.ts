import { Malformed } from '../errors.js'

/** More bytes make an integer of more digits than anybody reads, and turning it into text takes long. */
const maxLongBytes = 1_000

/** Reads a pickle's instructions and their operands from front to end. Throws Malformed `not_pickle`. */
export class PickleBytes {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The next instruction, as the character of its byte. */
  code(): string {
    return String.fromCharCode(this.take(1)[0] ?? 0)
  }

  take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw tooShort()
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  /** Little-endian. */
  uint(size: 1 | 2 | 4 | 8): number {
    const bytes = this.take(size)
    return size === 8 ? Number(bytes.readBigUInt64LE()) : bytes.readUIntLE(0, size)
  }

  int(size: 4): number {
    return this.take(size).readInt32LE()
  }

  double(): number {
    return this.take(8).readDoubleBE()
  }

  text(length: number): string {
    return this.take(length).toString('utf8')
  }

  /** An integer of any size: two's complement, little-endian. */
  long(length: number): number | bigint {
    if (length > maxLongBytes) throw new Malformed('too_large', `an integer of ${length} bytes is not read`)
    const bytes = Buffer.from(this.take(length)).reverse()
    if (bytes.length === 0) return 0
    const magnitude = BigInt(`0x${bytes.toString('hex')}`)
    return narrow(BigInt.asIntN(8 * bytes.length, magnitude))
  }

  /** Protocol 0: digits up to the end of the line, an L after those of what was a long, 00 and 01 for booleans. */
  integerLine(): number | bigint | boolean {
    const line = this.#line()
    if (line === '00' || line === '01') return line === '01'
    if (!/^[+-]?\d+L?$/.test(line)) throw new Malformed('not_pickle', 'a line of the pickle is no integer')
    if (line.length > 2 * maxLongBytes)
      throw new Malformed('too_large', `an integer of ${line.length} digits is not read`)
    return narrow(BigInt(line.replace(/^\+|L$/g, '')))
  }

  decimal(): number {
    const line = this.#line()
    if (!/^\d{1,10}$/.test(line)) throw new Malformed('not_pickle', 'a line of the pickle is no number')
    return Number(line)
  }

  floatLine(): number {
    const line = this.#line()
    if (!/^[+-]?(inf|nan|[\d.]+(e[+-]?\d+)?)$/i.test(line))
      throw new Malformed('not_pickle', 'a line of the pickle is no float')
    return Number(line.replace('inf', 'Infinity'))
  }

  /** Python's raw-unicode-escape: Latin-1, and \u and \U for the rest. */
  rawUnicodeLine(): string {
    return this.#line().replace(
      /\\u([\da-fA-F]{4})|\\U([\da-fA-F]{8})/g,
      (_, short?: string, long?: string) => {
        const point = Number.parseInt(short ?? long ?? '', 16)
        return point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point)
      },
    )
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at)
    if (end < 0) throw tooShort()
    const line = this.#bytes.toString('latin1', this.#at, end)
    this.#at = end + 1
    return line
  }
}

function narrow(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function tooShort(): Malformed {
  return new Malformed('not_pickle', "the pickle can't be read: it ends too early")
}
