import { isUtf8 } from 'node:buffer'
import { decode } from '@msgpack/msgpack'
import { parseDocument, type ScalarTag } from 'yaml'
import { Malformed } from './errors.js'
import { checkDepth, toJsonValue } from './json-value.js'
import { checkMsgpackSizes } from './msgpack-sizes.js'

/** The YAML reader is slow, and each alias repeats what it names: these bound the time and the size of the value. */
const maxYamlBytes = 256 * 1024
const maxYamlAliases = 50

/** YAML 1.1 takes these for booleans, PyYAML for text. */
const singleLetter: ScalarTag = {
  tag: 'tag:yaml.org,2002:str',
  default: true,
  test: /^[YyNn]$/,
  resolve: (text) => text,
}

/** JSON in strict UTF-8. Python's json also writes NaN, Infinity and -Infinity: they become null. */
export function decodeJson(bytes: Buffer): unknown {
  const text = decodeUtf8(bytes)
  const value = parseJson(text)
  checkDepth(value)
  return value
}

/** MessagePack, as a JSON value (see `toJsonValue`). */
export function decodeMsgpack(bytes: Buffer): unknown {
  checkMsgpackSizes(bytes)
  let value: unknown
  try {
    value = decode(bytes, { mapKeyConverter: String })
  } catch (error) {
    throw new Malformed('not_msgpack', `the body is not MessagePack: ${messageOf(error)}`)
  }
  return toJsonValue(value)
}

/**
 * YAML 1.1, which PyYAML writes, as a JSON value. Like PyYAML's `safe_load` it refuses tags beyond the standard ones
 * (`!!python/object…`), so nothing is ever built or run; and aliases can't multiply a small text into a large value.
 */
export function decodeYaml(bytes: Buffer): unknown {
  if (bytes.length > maxYamlBytes)
    throw new Malformed('too_large', `YAML of ${bytes.length} bytes is not read`)
  const text = decodeUtf8(bytes)
  let value: unknown
  try {
    // `uniqueKeys` compares every pair of keys: quadratic.
    const document = parseDocument(text, {
      version: '1.1',
      customTags: (tags) => [singleLetter, ...tags],
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    })
    const [problem] = [...document.errors, ...document.warnings]
    if (problem) throw problem
    value = document.toJS({ maxAliasCount: maxYamlAliases })
  } catch (error) {
    throw new Malformed('not_yaml', `the body is not YAML that can be read safely: ${messageOf(error)}`)
  }
  return toJsonValue(value)
}

function decodeUtf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Malformed('not_utf8', 'the body is not UTF-8')
  return bytes.toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (/NaN|Infinity/.test(text)) {
      try {
        return JSON.parse(withoutSpecialNumbers(text))
      } catch {
        // The first error tells more: it is about the text as it came.
      }
    }
    throw new Malformed('not_json', `the body is not JSON: ${messageOf(error)}`)
  }
}

/** Puts null for NaN and the infinities wherever they stand outside of strings. */
function withoutSpecialNumbers(text: string): string {
  const parts: string[] = []
  let at = 0
  while (at < text.length) {
    const quote = text.indexOf('"', at)
    const stringStart = quote < 0 ? text.length : quote
    const stringEnd = quote < 0 ? text.length : endOfString(text, quote)
    parts.push(text.slice(at, stringStart).replace(/-?\bInfinity\b|\bNaN\b/g, 'null'))
    parts.push(text.slice(stringStart, stringEnd))
    at = stringEnd
  }
  return parts.join('')
}

function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1
    if (backslashes % 2 === 0) return quote + 1
  }
  return text.length
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : String(error)
}
