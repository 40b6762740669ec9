import { isPlainObject } from '../celery/json-value.js'
import type { Writer } from '../celery/python-strings.js'
import { keyBefore } from './key-before.js'
import { marker } from './marker.js'
import { defaultPatterns, type Pattern, userPattern } from './patterns.js'
import { looksLikeRepr, redactRepr } from './repr.js'
import { defaultKeys, SecretKeys } from './secret-keys.js'
import { redactText } from './text.js'

/** Replaces secrets in what tasks carry. Pure: the same in gives the same out, and redacting twice changes nothing more. */
export interface Redactor {
  /**
   * Text of any kind: a Python repr or JSON, whole or cut short, stays readable as such. `writer` is who wrote a repr, as
   * for `parseLiteral`. Answers with the very text where nothing is secret.
   */
  text(text: string, writer?: Writer | 'either'): string
  /** A JSON value, such as a result or the arguments in a message. Answers with the very value where nothing is secret. */
  json(value: unknown): unknown
}

export interface RedactionOptions {
  readonly enabled: boolean
  /** Beside the built-in keys and patterns, or instead of them. */
  readonly replace: boolean
  readonly keys: readonly string[]
  /** In RE2's syntax. */
  readonly patterns: readonly string[]
}

/** Leaves everything as it is. */
export const noRedaction: Redactor = { text: (text) => text, json: (value) => value }

/** Throws BadPattern. */
export function redactorOf({ enabled, replace, keys, patterns }: RedactionOptions): Redactor {
  const given = patterns.map(userPattern)
  if (!enabled) return noRedaction
  return new RuledRedactor(
    new SecretKeys(replace ? keys : [...defaultKeys, ...keys]),
    replace ? given : [...defaultPatterns, ...given],
  )
}

/** Strings within strings that are looked into as reprs. */
const mostNested = 4
/** Deeper than anything that is read elsewhere. */
const mostDeep = 500

class RuledRedactor implements Redactor {
  readonly #keys: SecretKeys
  readonly #patterns: readonly Pattern[]

  constructor(keys: SecretKeys, patterns: readonly Pattern[]) {
    this.#keys = keys
    this.#patterns = patterns
  }

  text(text: string, writer: Writer | 'either' = 'either'): string {
    return this.#redact(text, writer, 0)
  }

  json(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.text(value)
    if (typeof value === 'number') return this.#hasPattern(String(value)) ? marker : value
    if (depth > mostDeep) return marker
    if (Array.isArray(value)) {
      const items = value.map((item) => this.json(item, depth + 1))
      return items.some((item, at) => item !== value[at]) ? items : value
    }
    if (!isPlainObject(value)) return value
    const entries = Object.entries(value)
    const redacted = entries.map(([key, item]) => [key, this.#entry(key, item, depth)] as const)
    return redacted.some(([, item], at) => item !== entries[at]?.[1]) ? Object.fromEntries(redacted) : value
  }

  #entry(key: string, value: unknown, depth: number): unknown {
    const found = this.#keys.find(key)
    if (found === null || isNothing(value)) return this.json(value, depth + 1)
    return found.plural && isNumeric(value) ? value : marker
  }

  #redact(text: string, writer: Writer | 'either', nested: number): string {
    if (!this.#hasKey(text) && !this.#hasPattern(text)) return text
    const inString = (inner: string) => this.#redact(inner, 'either', nested + 1)
    const between = (inner: string) => this.#withPatterns(inner, `'${marker}'`)
    const rules = { keys: this.#keys, inString, between }
    const asRepr = looksLikeRepr(text) && nested <= mostNested ? redactRepr(text, writer, rules) : null
    return asRepr ?? redactText(this.#withPatterns(text), this.#keys)
  }

  /** Looks at every `:` and `=`: what has no secret key is told by one pass. */
  #hasKey(text: string): boolean {
    for (const delimiter of [':', '=']) {
      for (let at = text.indexOf(delimiter); at >= 0; at = text.indexOf(delimiter, at + 1)) {
        const { key } = keyBefore(text, at)
        if (key !== '' && this.#keys.find(key) !== null) return true
      }
    }
    return false
  }

  #hasPattern(text: string): boolean {
    return this.#patterns.some((pattern) => pattern(text, marker) !== text)
  }

  #withPatterns(text: string, replacement = marker): string {
    return this.#patterns.reduce((redacted, pattern) => pattern(redacted, replacement), text)
  }
}

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined || typeof value === 'boolean' || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function isNumeric(value: unknown): boolean {
  return (
    typeof value === 'number' || (Array.isArray(value) && value.every((item) => typeof item === 'number'))
  )
}
