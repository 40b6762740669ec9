import { Malformed } from './errors.js'

/** Bytes that each fixed-size value from 0xca to 0xd8 takes, its first byte included; 0 for those with a length. */
const fixedSizes = [5, 9, 2, 3, 5, 9, 2, 3, 5, 9, 3, 4, 6, 10, 18]

/**
 * Refuses MessagePack that claims more list and map elements than it has bytes. The decoder reserves room for what is
 * claimed, so five bytes could ask for gigabytes; an honest element takes at least one byte. Malformed `not_msgpack`.
 */
export function checkMsgpackSizes(bytes: Buffer): void {
  let claimed = 0
  let at = 0
  try {
    while (at < bytes.length) {
      const { size, elements } = readHeader(bytes, at)
      claimed += elements
      at += size
      if (claimed > bytes.length)
        throw new Malformed('not_msgpack', 'the body claims more elements than it has bytes')
    }
  } catch (error) {
    // Cut inside a length.
    if (error instanceof RangeError)
      throw new Malformed('not_msgpack', 'the body ends too early to be MessagePack')
    throw error
  }
}

/** Size of one value, or of a list's or map's header alone; see https://github.com/msgpack/msgpack/blob/master/spec.md */
function readHeader(bytes: Buffer, at: number): { size: number; elements: number } {
  const byte = bytes.readUInt8(at)
  if (byte < 0x80 || byte >= 0xe0) return { size: 1, elements: 0 }
  if (byte < 0x90) return { size: 1, elements: 2 * (byte & 0x0f) }
  if (byte < 0xa0) return { size: 1, elements: byte & 0x0f }
  if (byte < 0xc0) return { size: 1 + (byte & 0x1f), elements: 0 }
  if (byte < 0xc4) return { size: 1, elements: 0 }
  if (byte < 0xc7) return withLength(bytes, at, 2 ** (byte - 0xc4), 0)
  if (byte < 0xca) return withLength(bytes, at, 2 ** (byte - 0xc7), 1)
  if (byte < 0xd9) return { size: fixedSizes[byte - 0xca] ?? 1, elements: 0 }
  if (byte < 0xdc) return withLength(bytes, at, 2 ** (byte - 0xd9), 0)
  const width = byte % 2 === 0 ? 2 : 4
  const elements = bytes.readUIntBE(at + 1, width) * (byte < 0xde ? 1 : 2)
  return { size: 1 + width, elements }
}

function withLength(
  bytes: Buffer,
  at: number,
  width: number,
  type: 0 | 1,
): { size: number; elements: number } {
  return { size: 1 + width + type + bytes.readUIntBE(at + 1, width), elements: 0 }
}
