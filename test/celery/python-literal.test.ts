import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type LiteralValue, lookup, parseLiteral } from '../../src/celery/python-literal.js'

/** A value as the fixture file tells it. */
type Told =
  | null
  | boolean
  | number
  | string
  | { int: string }
  | { float: string }
  | { bytes: string }
  | { opaque: string }
  | { dict: [Told, Told][] }
  | { [kind in 'tuple' | 'list' | 'set' | 'frozenset']?: Told[] }

/** Made by Python 3.11: `repr(value)`, and `saferepr(value, 1024)`, the same in Celery 5.2 and 5.6. */
const fixtures: { python: [string, Told][]; celery: [string, Told][]; cut: string[] } = JSON.parse(
  readFileSync(new URL('fixtures/python-reprs.json', import.meta.url), 'utf8'),
)

function literalOf(told: Told): LiteralValue {
  if (typeof told !== 'object' || told === null) return told
  if ('int' in told) return BigInt(told.int)
  if ('float' in told) return Number(told.float.replace('inf', 'Infinity'))
  if ('bytes' in told) return { kind: 'bytes', bytes: Buffer.from(told.bytes, 'hex') }
  if ('opaque' in told) return { kind: 'opaque', raw: told.opaque }
  if ('dict' in told)
    return { kind: 'dict', entries: told.dict.map(([key, value]) => [literalOf(key), literalOf(value)]) }
  for (const kind of ['tuple', 'list', 'set', 'frozenset'] as const) {
    const items = told[kind]
    if (items !== undefined) return { kind, items: items.map(literalOf) }
  }
  throw new Error(`unknown value in the fixtures: ${JSON.stringify(told)}`)
}

describe('whole reprs', () => {
  test.each(fixtures.python)('of Python: %s', (text, told) => {
    expect(parseLiteral(text, 'python')).toEqual({
      complete: true,
      truncated: false,
      openEnded: false,
      value: literalOf(told),
      raw: text,
    })
  })

  const endsInBackslash = (text: string) => /\\'[,}]?/.test(text) && /ends|note': 'x/.test(text)
  const hasDots = (text: string) => text.includes('...')
  test.each(fixtures.celery.filter(([text]) => !endsInBackslash(text) && !hasDots(text)))(
    'of Celery: %s',
    (text, told) => {
      expect(parseLiteral(text)).toMatchObject({ complete: true, value: literalOf(told) })
    },
  )

  test.each(fixtures.celery.filter(([text]) => endsInBackslash(text)))(
    'of Celery, which leaves a last backslash unescaped, so that no one can tell: %s',
    (text) => {
      expect(parseLiteral(text).complete).toBe(false)
      expect(lookup(parseLiteral(text), ['tenant_id'])).toMatchObject({ known: false })
    },
  )

  test.each<[string, LiteralValue]>([
    [' ( 1 ,\n2 ) ', { kind: 'tuple', items: [1, 2] }],
    ['1_000', 1000],
    ['-inf', Number.NEGATIVE_INFINITY],
    ["u'x'", 'x'],
    [String.raw`r'a\n'`, String.raw`a\n`],
    [String.raw`'\x41\u00e9\U0001f389\101\q'`, 'Aé🎉A\\q'],
    [String.raw`rb'\x00'`, { kind: 'bytes', bytes: Buffer.from('\\x00') }],
    ['frozenset({1, 2})', { kind: 'frozenset', items: [1, 2] }],
    ['hello, world', { kind: 'opaque', raw: 'hello, world' }],
    ['5 apples', { kind: 'opaque', raw: '5 apples' }],
    ['007', { kind: 'opaque', raw: '007' }],
    ['{1: {2}}', { kind: 'dict', entries: [[1, { kind: 'set', items: [2] }]] }],
  ])('%s', (text, value) => {
    expect(parseLiteral(text, 'python')).toMatchObject({ complete: true, value })
  })

  test('whatever Python writes reads back', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(parseLiteral(repr(value), 'python')).toMatchObject({ complete: true, value })
      }),
    )
  })

  test('whatever Celery writes reads back, backslashes at the end of a string aside', () => {
    const noLastBackslash = (value: LiteralValue): boolean => !/\\'|\.\.\./.test(saferepr(value, true))
    fc.assert(
      fc.property(anyValue.filter(noLastBackslash), (value) => {
        expect(parseLiteral(saferepr(value), 'celery')).toMatchObject({ complete: true, value })
      }),
    )
  })
})

describe('cut reprs', () => {
  test.each(fixtures.cut)('are truncated: %s', (text) => {
    const literal = parseLiteral(text)
    expect(literal).toMatchObject({ complete: false, truncated: true, raw: text })
    expect(lookup(literal, ['company_id'])).not.toMatchObject({ known: true })
  })

  test.each(fixtures.cut.filter((text) => text.includes(', ...')))(
    'tell nothing where the end is cut: %s',
    (text) => {
      const literal = parseLiteral(text)
      expect(literal.openEnded).toBe(true)
      for (const key of ['tenant_id', 'company_id', 'hosts', 'k0']) {
        expect(lookup(literal, [key])).toEqual({ known: false, reason: 'truncated' })
      }
    },
  )

  test('what came before the cut is kept', () => {
    expect(parseLiteral("{'company_id': 5, 'hosts': ['a', 'b', ...]}").value).toEqual({
      kind: 'dict',
      entries: [
        ['company_id', 5],
        ['hosts', { kind: 'list', items: ['a', 'b'] }],
      ],
    })
    expect(parseLiteral('([1, 22..., ...],)').value).toEqual({
      kind: 'tuple',
      items: [{ kind: 'list', items: [1] }],
    })
    expect(parseLiteral("{'a': 1, 'b': , ...}").value).toEqual({ kind: 'dict', entries: [['a', 1]] })
  })

  test.each([
    "{'hosts': [...",
    "{'hosts': ['a",
    "{'a': 1, 'b'",
    "{'a': 1, 'b', ...}",
    '[1, , ...]',
    '(, ...)',
    "{'a': <Foo..., 'tenant_id': 9}",
    "{'a': Foo([...]), 'tenant_id': 9}",
  ])('%s', (text) => {
    expect(parseLiteral(text)).toMatchObject({ complete: false, truncated: true })
    expect(lookup(parseLiteral(text), ['tenant_id'])).toEqual({ known: false, reason: 'truncated' })
  })

  test.each([
    ["{'note': 'short...', 'tenant_id': 9}", ['note']],
    ["{'a': {'b': {'c': [...]}}, 'tenant_id': 9}", ['a', 'b', 'c']],
    ["{'a': {'b': {'c': {...}}}, 'tenant_id': 9}", ['a', 'b', 'c', 'd']],
    ["{'a': ([(...)],), 'tenant_id': 9}", ['a', 0, 0]],
  ])('what Celery cut by itself doubts only itself: %s', (text, path) => {
    const literal = parseLiteral(text)
    expect(literal).toMatchObject({ complete: false, truncated: true, openEnded: false })
    expect(lookup(literal, ['tenant_id'])).toEqual({ known: true, value: 9 })
    expect(lookup(literal, path)).toEqual({ known: false, reason: 'truncated' })
  })

  test('a cut string or key says nothing of what it may have been', () => {
    expect(parseLiteral("'xxx...'")).toMatchObject({
      truncated: true,
      value: { kind: 'cut', text: 'xxx...' },
    })
    expect(parseLiteral("'xxx...'", 'python')).toMatchObject({ complete: true, value: 'xxx...' })
    expect(lookup(parseLiteral("{'ten...': 1}"), ['tenant_id'])).toEqual({
      known: false,
      reason: 'truncated',
    })
  })
})

describe('what is no literal', () => {
  test.each([
    '',
    '{',
    "{'a': }",
    '[1,,2]',
    "{'a': 1} x",
    "{'a': 1, 2}",
    "'a' 'b'",
    "{'a': (1]}",
    '{1: 2, 3}',
    "{'a': a\\b}",
  ])('%s', (text) => {
    const literal = parseLiteral(text)
    expect(literal.complete).toBe(false)
    expect(lookup(literal, ['a']).known).toBe(false)
  })

  test.each([
    ['[', 5_000_000],
    ['{1:', 1_000_000],
    ['(((1,),', 500_000],
    ["'\\", 1_000_000],
    ['frozenset({', 300_000],
    ['9', 5_000_000],
    ['<', 2_000_000],
    ['a(', 1_000_000],
    ['1,', 1_000_000],
    ["{'a':", 500_000],
    ['...', 500_000],
    [' ', 5_000_000],
  ])('megabytes of %s neither overflow nor take long', (piece, times) => {
    const started = performance.now()
    const literal = parseLiteral(`[${piece.repeat(times)}`)
    expect(literal.complete).toBe(false)
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  test('any text at all is read without an error, and a complete one has a value', () => {
    const pieces = fc.constantFrom(
      "'",
      '"',
      '\\',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '<',
      '>',
      ',',
      ':',
      ' ',
      '.',
      '...',
      '1',
      'a',
      'b',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (texts) => {
        const literal = parseLiteral(texts.join(''))
        if (literal.complete) expect(literal.value).toBeDefined()
        expect(literal.complete && literal.truncated).toBe(false)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('lookup', () => {
  test.each<[string, (string | number)[], unknown]>([
    ["{'note': \"'tenant_id': 7\", 'tenant_id': 9}", ['tenant_id'], 9],
    ["{'note': '\\'tenant_id\\': 7', 'tenant_id': 9}", ['tenant_id'], 9],
    ["{'a': datetime.datetime(2024, 1, 1), 'tenant_id': 9}", ['tenant_id'], 9],
    ["{'data': {'company': {'id': 'x-1'}}}", ['data', 'company', 'id'], 'x-1'],
    ["({'id': 3},)", [0, 'id'], 3],
    ["{'id': None}", ['id'], null],
  ])('%s %j', (text, path, value) => {
    expect(lookup(parseLiteral(text), path)).toEqual({ known: true, value })
  })

  test.each<[string, (string | number)[], string]>([
    ['{}', ['tenant_id'], 'absent'],
    ["{'a': {'tenant_id': 9}}", ['tenant_id'], 'absent'],
    ['(1,)', ['tenant_id'], 'absent'],
    ["{'a': 1}", ['a', 'b'], 'absent'],
    ["{'a': 1, 'a': 2}", ['a'], 'unreadable'],
    ["{'a': <Foo>}", ['a'], 'unreadable'],
    ["{'a': <Foo>}", ['a', 'b'], 'unreadable'],
    ['hello', ['a'], 'unreadable'],
  ])('%s %j is %s', (text, path, reason) => {
    expect(lookup(parseLiteral(text), path)).toEqual({ known: false, reason })
  })

  test("no text in one argument passes for another argument's value", () => {
    const evil = fc
      .array(
        fc.constantFrom(
          "'",
          '"',
          '\\',
          ', ',
          ': ',
          "'tenant_id': 1",
          '"tenant_id": 1',
          "\\'tenant_id\\': 1",
          '}',
          '{',
          '(',
          'f(',
          '<',
          'x',
        ),
        { maxLength: 8 },
      )
      .map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(
        evil,
        evil,
        evil,
        fc.boolean(),
        fc.constantFrom(repr, saferepr),
        (first, second, third, isLast, write) => {
          const rest: [LiteralValue, LiteralValue][] = [
            ['a', first],
            ['b', { kind: 'list', items: [second, third] }],
          ]
          const own: [LiteralValue, LiteralValue] = ['tenant_id', 9]
          const text = write({
            kind: 'dict',
            entries: isLast ? [...rest, own] : [rest[0] ?? own, own, ...rest.slice(1)],
          })
          const result = lookup(parseLiteral(text), ['tenant_id'])
          if (result.known) expect(result.value).toBe(9)
          else expect(result.reason).not.toBe('absent')
        },
      ),
      { numRuns: 20_000 },
    )
  })
})

const anyText = fc.string({ unit: fc.constantFrom(...'ab\'"\\\n\t\0\x7f é🎉,:{}[]()<>.', '\ud800') })
const { anyValue } = fc.letrec<{ anyValue: LiteralValue; key: LiteralValue; items: LiteralValue[] }>(
  (tie) => ({
    anyValue: fc.oneof(
      { depthSize: 'small' },
      tie('key'),
      fc.record({ kind: fc.constantFrom<'tuple' | 'list'>('tuple', 'list'), items: tie('items') }),
      fc.record({
        kind: fc.constantFrom<'set' | 'frozenset'>('set', 'frozenset'),
        items: fc.array(tie('key'), { maxLength: 4 }),
      }),
      fc.record({
        kind: fc.constant<'dict'>('dict'),
        entries: fc.array(fc.tuple(tie('key'), tie('anyValue')), { maxLength: 4 }),
      }),
    ),
    items: fc.array(tie('anyValue'), { maxLength: 4 }),
    key: fc.oneof(
      fc.constantFrom(null, true, false, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
      fc.maxSafeInteger(),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n }),
      fc.bigInt({ min: -(2n ** 80n), max: -(2n ** 53n) }),
      fc
        .double({ noDefaultInfinity: true, noNaN: true })
        .filter((number) => !Object.is(number, -0) && Math.abs(number) < 2 ** 53),
      anyText,
    ),
  }),
)

/** Python's repr, for the values above. */
function repr(value: LiteralValue): string {
  return write(value, reprOfText)
}

/** Celery's saferepr without its limits. */
function saferepr(value: LiteralValue, leaveQuotes = false): string {
  return write(value, (text) => `'${leaveQuotes ? text.replaceAll("'", '') : text.replaceAll("'", "\\'")}'`)
}

function write(value: LiteralValue, text: (value: string) => string): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return text(value)
  if (typeof value === 'number') return String(value).replace('Infinity', 'inf')
  if (typeof value === 'bigint') return String(value)
  if (value.kind === 'dict') {
    return `{${value.entries.map(([key, inner]) => `${write(key, text)}: ${write(inner, text)}`).join(', ')}}`
  }
  if (!('items' in value)) throw new Error(`not written here: ${value.kind}`)
  const inside = value.items.map((item) => write(item, text)).join(', ')
  if (value.kind === 'tuple') return value.items.length === 1 ? `(${inside},)` : `(${inside})`
  if (value.kind === 'list') return `[${inside}]`
  const set = value.items.length === 0 ? 'set()' : `{${inside}}`
  if (value.kind === 'set') return set
  return value.items.length === 0 ? 'frozenset()' : `frozenset(${set})`
}

function reprOfText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replace(/[\0-\x1f\x7f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])/g, (half) => `\\u${half.charCodeAt(0).toString(16)}`)
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote
}
