import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseLiteral } from '../../src/celery/python-literal.js'
import type { Writer } from '../../src/celery/python-strings.js'
import { redactorOf } from '../../src/redaction/redactor.js'
import { type Bytes, type Dict, isList, reprOf, type Value } from './python-repr.js'

const redactor = redactorOf({ enabled: true, replace: false, keys: [], patterns: [] })

/** Only secrets have it. */
const telltale = '§'
/** Nothing that spells a secret key. */
const plainCharacters = [...`ab 'x":=,{}[]()<>&;.é\n`]
const secretKeys = [
  'password',
  'API-KEY',
  'apiKey',
  'user_password',
  'accessToken',
  'X-Auth-Token',
  'Set-Cookie',
]
const otherKeys = ['a', 'name', 'token_count', 'tokenize', 'secretary', 'company_id', 'it\'s: b="x"']

const textOf = (characters: readonly string[]) =>
  fc.string({ unit: fc.constantFrom(...characters), maxLength: 12 })
const backslashes = [...plainCharacters, '\\']

/** Random values; those under secret keys hold the telltale, and their twins the marker instead. */
interface Pair {
  readonly told: Value
  readonly wanted: Value
}

function pairs(characters: readonly string[]): fc.Arbitrary<Pair> {
  const text = textOf(characters)
  const secretText = fc.tuple(text, text).map(([start, end]) => start + telltale + end)
  const same = (told: Value): Pair => ({ told, wanted: told })
  const leaf = fc.oneof(
    text.map(same),
    fc.constantFrom<Value>(null, true, 7, 1.5).map(same),
    text.map((bytes) => same({ bytes: bytes.replaceAll('é', '') } satisfies Bytes)),
  )
  const secret = fc.oneof<fc.Arbitrary<Value>[]>(
    secretText,
    secretText.map((inner) => [inner, 1]),
    secretText.map((inner) => ({ dict: [['x', [inner]]] }) satisfies Dict),
    secretText.map((inner) => ({ bytes: inner }) satisfies Bytes),
  )
  const { tree } = fc.letrec<{ tree: Pair; dict: Pair }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc
        .array(tie('tree'), { maxLength: 4 })
        .map((items) => ({ told: items.map(({ told }) => told), wanted: items.map(({ wanted }) => wanted) })),
      tie('dict'),
    ),
    dict: fc
      .array(
        fc.oneof(
          fc.tuple(fc.constantFrom(...otherKeys), tie('tree')),
          fc.tuple(
            fc.constantFrom(...secretKeys),
            secret.map((told): Pair => ({ told, wanted: '[redacted]' })),
          ),
        ),
        { maxLength: 4 },
      )
      .map((entries) => ({
        told: { dict: entries.map(([key, { told }]) => [key, told] as const) },
        wanted: { dict: entries.map(([key, { wanted }]) => [key, wanted] as const) },
      })),
  }))
  return fc.tuple(tree, tree).map(([a, b]) => ({ told: [a.told, b.told], wanted: [a.wanted, b.wanted] }))
}

const many = { numRuns: 2000 }

describe('secrets under secret keys', () => {
  test('become [redacted], and nothing else changes, in reprs of Celery', () => {
    fc.assert(
      fc.property(pairs(plainCharacters), ({ told, wanted }) => {
        const redacted = redactor.text(reprOf(told, 'celery'), 'celery')
        expect(redacted).toBe(reprOf(wanted, 'celery'))
        expect(redactor.text(redacted, 'celery')).toBe(redacted)
      }),
      many,
    )
  })

  test('become [redacted], and nothing else changes, in reprs of Python', () => {
    fc.assert(
      fc.property(pairs(backslashes), ({ told, wanted }) => {
        const redacted = redactor.text(reprOf(told, 'python'), 'python')
        expect(redacted).toBe(reprOf(wanted, 'python'))
        expect(redactor.text(redacted, 'python')).toBe(redacted)
      }),
      many,
    )
  })

  test('become [redacted], and nothing else changes, in JSON, as a value and as text', () => {
    fc.assert(
      fc.property(pairs(backslashes), ({ told, wanted }) => {
        expect(redactor.json(jsonOf(told))).toEqual(jsonOf(wanted))
        const text = JSON.stringify(jsonOf(told))
        expect(JSON.parse(redactor.text(text))).toEqual(jsonOf(wanted))
        expect(redactor.text(redactor.text(text))).toBe(redactor.text(text))
      }),
      many,
    )
  })

  test('do not survive whoever wrote the text, where it was cut, or what it stands in', () => {
    const writers = fc.constantFrom('celery' as const, 'python' as const)
    const readers = fc.constantFrom('celery' as const, 'either' as const)
    const frames = fc.constantFrom<(text: string, writer: Writer) => string>(
      (text) => text,
      (text) => `Failed: ${text}`,
      (text) => `ValueError(${text})`,
      (text) => `can't go on with kwargs=${text} here`,
      (text) => JSON.stringify({ body: text }),
      (text, writer) => reprOf([{ dict: [['payload', text]] }], writer),
    )
    fc.assert(
      fc.property(
        pairs(backslashes),
        fc.nat(),
        fc.constantFrom('', '...', "...'", "...', ...]"),
        writers,
        readers,
        frames,
        ({ told }, at, ending, writer, reader, frame) => {
          const whole = frame(reprOf(told, writer), reader === 'celery' ? writer : 'python')
          const text = whole.slice(0, at % (whole.length + 1)) + ending
          const redacted = redactor.text(text, writer === 'python' ? 'either' : reader)
          expect(redacted).not.toContain(telltale)
          expect(redactor.text(redacted, reader)).not.toContain(telltale)
        },
      ),
      { numRuns: 10_000 },
    )
  })

  test('leave a cut repr readable, and redacting it twice is redacting it once', () => {
    fc.assert(
      fc.property(pairs(plainCharacters), fc.nat(), ({ told }, at) => {
        const whole = reprOf(told, 'celery')
        const text = `${whole.slice(0, at % whole.length)}...`
        const redacted = redactor.text(text, 'celery')
        const readable = parseLiteral(text, 'celery').truncated
        expect(parseLiteral(redacted, 'celery').truncated).toBe(readable)
        expect(redactor.text(redacted, 'celery')).toBe(redacted)
      }),
      many,
    )
  })

  test('do not survive in what formats them into text', () => {
    const value = fc.string({ unit: fc.constantFrom(...'ab§.)]/?!#'), minLength: 1, maxLength: 8 })
    const forms = fc.constantFrom<(key: string, value: string) => string>(
      (key, text) => `${key}=${text}`,
      (key, text) => `${key}='${text}' and more`,
      (key, text) => `${key}: "${text}"`,
      (key, text) => `https://host/path?${key}=${encodeURIComponent(text)}&x=1`,
    )
    fc.assert(
      fc.property(fc.constantFrom(...secretKeys), value, forms, (key, text, form) => {
        expect(redactor.text(`could not do it: ${form(key, text)}`).replaceAll('%C2%A7', '§')).not.toContain(
          '§',
        )
      }),
      many,
    )
  })
})

function jsonOf(value: Value): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (isList(value)) return value.map(jsonOf)
  if ('bytes' in value) return value.bytes
  return Object.fromEntries(value.dict.map(([key, item]) => [key, jsonOf(item)]))
}
