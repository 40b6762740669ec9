import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Malformed } from '../../../src/celery/errors.js'
import { decodePickle, pickledResult } from '../../../src/celery/results/pickle.js'
import { type Described, PickleWriter } from './pickle-writer.js'

let python: PickleWriter
beforeAll(() => {
  python = new PickleWriter()
})
afterAll(() => python.stop())

const protocols = [0, 1, 2, 3, 4, 5]

interface Case {
  readonly python: Described
  readonly json: unknown
  /** Before it, Python pickles such a value as a call of its class. */
  readonly since: number
}

const leaf: fc.Arbitrary<Case> = fc.oneof(
  fc.constantFrom(null, true, false).map((value) => ({ python: value, json: value, since: 0 })),
  fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n })).map((value) => ({
    python: { int: `${value}` },
    json: Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`,
    since: 0,
  })),
  fc.double().map((value) => {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value)
    return {
      python: { float: bytes.toString('hex') },
      json: Number.isFinite(value) ? value : null,
      since: 0,
    }
  }),
  fc.string({ unit: 'binary' }).map((value) => ({ python: { str: value }, json: value, since: 0 })),
  fc.string({ unit: 'grapheme' }).map((value) => ({
    python: { bytes: Buffer.from(value).toString('hex') },
    json: value,
    since: 3,
  })),
)

const { value: anyCase } = fc.letrec<{ value: Case }>((tie) => {
  const many = fc.array(tie('value'), { maxLength: 6 })
  const all = (cases: readonly Case[]) => ({
    python: cases.map((each) => each.python),
    json: cases.map((each) => each.json),
    since: Math.max(0, ...cases.map(({ since }) => since)),
  })
  return {
    value: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      leaf,
      many.map(all).map(({ python: list, ...rest }) => ({ python: { list }, ...rest })),
      many.map(all).map(({ python: tuple, ...rest }) => ({ python: { tuple }, ...rest })),
      // One element: a set has no order.
      fc.tuple(fc.boolean(), fc.array(fc.string(), { maxLength: 1 })).map(([frozen, texts]) => {
        const items = texts.map((str) => ({ str }))
        return { python: frozen ? { frozenset: items } : { set: items }, json: texts, since: 4 }
      }),
      fc
        .dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 5, noNullPrototype: true })
        .map((object) => {
          const values = all(Object.values(object))
          return {
            python: {
              dict: Object.keys(object).map((str, at) => [{ str }, values.python[at] ?? null] as const),
            },
            json: Object.fromEntries(Object.keys(object).map((key, at) => [key, values.json[at]])),
            since: values.since,
          }
        }),
      tie('value').map(({ python: twice, json, since }) => ({
        python: { twice },
        json: [json, json],
        since,
      })),
    ),
  }
})

test('reads what Python pickles, in every protocol', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ python: described, json, since }) => {
      const pickles = await python.pickle(described)
      for (const protocol of protocols) {
        const read = () => decodePickle(pickles[protocol] ?? Buffer.alloc(0))
        if (protocol >= since) expect(read()).toEqual(json)
        else
          expect(read).toThrow(expect.objectContaining({ constructor: Malformed, reason: 'not_primitive' }))
      }
    }),
    { numRuns: 300 },
  )
})

test.each<[string, Described, unknown]>([
  [
    'the failure of a task',
    { python: "{'exc_type': 'KeyError', 'exc_message': ('a', 1), 'exc_module': 'builtins'}" },
    { exc_type: 'KeyError', exc_message: ['a', 1], exc_module: 'builtins' },
  ],
  [
    'keys that are no text',
    { python: "{1: 'int', None: 'none', True: 'true', (1, 'a'): 'tuple', 2.5: 'float'}" },
    { '1': 'true', null: 'none', '[1,"a"]': 'tuple', '2.5': 'float' },
  ],
  [
    'a key that has a meaning in JavaScript',
    { python: "{'__proto__': {'polluted': True}}" },
    JSON.parse('{"__proto__": {"polluted": true}}'),
  ],
  ['text that is no Unicode', { python: "'a\\ud800b'" }, expect.stringMatching(/^a.+b$/)],
  ['a list of thousands', { python: 'list(range(5000))' }, Array.from({ length: 5000 }, (_, at) => at)],
  [
    'a dict of thousands',
    { python: '{str(i): i for i in range(3000)}' },
    Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`${at}`, at])),
  ],
  ['a long text', { python: "'ab' * 500000" }, 'ab'.repeat(500_000)],
])('%s', async (_, described, json) => {
  for (const pickle of await python.pickle(described)) expect(decodePickle(pickle)).toEqual(json)
})

test('bytes are text where they are UTF-8, and base64 else', async () => {
  const pickles = await python.pickle({ python: "[b'caf\\xc3\\xa9', b'\\xff\\xfe', b'x' * 300]" })
  for (const pickle of pickles.slice(3))
    expect(decodePickle(pickle)).toEqual(['café', '//4=', 'x'.repeat(300)])
})

test.each([
  ['a time', "__import__('datetime').datetime(2026, 1, 1)"],
  ['a decimal', "__import__('decimal').Decimal('1.5')"],
  ['an exception', "ValueError('x')"],
  ['a class', 'dict'],
  ['a function', 'eval'],
  ['an object deep inside', "[1, {'a': (complex(1, 2),)}]"],
  ['an instance', "__import__('types').SimpleNamespace(a=1)"],
])('%s is refused, and shown as binary', async (_, expression) => {
  for (const pickle of await python.pickle({ python: expression })) {
    expect(() => decodePickle(pickle)).toThrow(expect.objectContaining({ reason: 'not_primitive' }))
    expect(pickledResult(pickle)).toEqual({ binary: 'pickle', size: pickle.length })
  }
})

describe('what is made to do harm', () => {
  test.each<[string, string | Buffer, string]>([
    ['a call', 'cos\nsystem\n(V/bin/true\ntR.', 'not_primitive'],
    ['an instance of protocol 0', '(V/bin/true\nios\nsystem\n.', 'not_primitive'],
    [
      'a name of protocol 4',
      Buffer.from('8004 8c026f73 8c0673797374656d 93 2e'.replaceAll(' ', ''), 'hex'),
      'not_primitive',
    ],
    ['an extension', Buffer.from('80028201 2e'.replaceAll(' ', ''), 'hex'), 'not_primitive'],
    ['a persistent id', 'Pabc\n.', 'not_primitive'],
    ['a buffer from outside', Buffer.from('8005972e', 'hex'), 'not_primitive'],
    ['nothing', '', 'not_pickle'],
    ['no end', 'N', 'not_pickle'],
    ['an end without a value', '.', 'not_pickle'],
    ['several values', 'NN.', 'not_pickle'],
    ['items for None', 'NNa.', 'not_pickle'],
    ['an entry for a list', ']NNs.', 'not_pickle'],
    ['a key without a value', '(Nd.', 'not_pickle'],
    ['what lies below a mark', 'N(\x85.', 'not_pickle'],
    ['a mark that is not there', 'Nt.', 'not_pickle'],
    ['a memory of nothing', 'g7\n.', 'not_pickle'],
    ['more text than there is', Buffer.from('8dffffffffffffff7f2e', 'hex'), 'not_pickle'],
    ['an endless line', 'I1111', 'not_pickle'],
    [
      'an integer of a megabyte',
      Buffer.concat([Buffer.from('8b00001000', 'hex'), Buffer.alloc(1 << 20, 1)]),
      'too_large',
    ],
    ['a protocol of the future', Buffer.from('80064e2e', 'hex'), 'not_pickle'],
  ])('%s', (_, pickle, reason) => {
    const bytes = typeof pickle === 'string' ? Buffer.from(pickle, 'latin1') : pickle
    expect(() => decodePickle(bytes)).toThrow(expect.objectContaining({ constructor: Malformed, reason }))
  })

  test('a list that holds itself', () => {
    expect(() => decodePickle(Buffer.from(']q\0h\0a.', 'latin1'))).toThrow(
      expect.objectContaining({ reason: 'too_deep' }),
    )
  })

  test('lists within lists without end', () => {
    const deep = Buffer.from(`${']'.repeat(1e6)}${'a'.repeat(1e6 - 1)}.`)
    expect(() => decodePickle(deep)).toThrow(expect.objectContaining({ reason: 'too_deep' }))
  })

  test('a list of ten lists, each of the same ten, and so on', () => {
    // Each round: the top of the stack, ten times, as a new list.
    const bomb = Buffer.from(
      `N${Array.from({ length: 40 }, (_, at) => `p${at}\n0(${`g${at}\n`.repeat(10)}l`).join('')}.`,
    )
    expect(() => decodePickle(bomb)).toThrow(expect.objectContaining({ reason: 'too_large' }))
  })

  test('a long text, a thousand times', () => {
    const text = 'x'.repeat(1 << 20)
    const bomb = Buffer.from(`V${text}\np0\n0(${'g0\n'.repeat(1000)}l.`)
    expect(() => decodePickle(bomb)).toThrow(expect.objectContaining({ reason: 'too_large' }))
  })

  test('any bytes at all are read or refused, never worse', () => {
    const instruction = fc.constantFrom(
      ...'.0123(ltdaesu]})NIJKMGLFVXTUBCpqrghjcRb\x80\x85\x86\x87\x88\x89\x8a\x8c\x8f\x90\x91\x94\x95'.split(
        '',
      ),
    )
    const program = fc.array(
      fc.oneof(
        instruction,
        fc.nat(255).map((byte) => String.fromCharCode(byte)),
      ),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(program, (codes) => {
        try {
          JSON.stringify(decodePickle(Buffer.from(`${codes.join('')}.`, 'latin1')))
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  test('a pickle that was damaged', async () => {
    const [, , , , pickle = Buffer.alloc(0)] = await python.pickle({
      python: "{'a': [1, 2.5, (None, True, 'é', b'x')], 'b': {'c': {1}, 2: 2**80}}",
    })
    for (let at = 0; at < pickle.length; at += 1) {
      for (const byte of [0, 0x28, 0x2e, 0x7f, 0x80, 0xff]) {
        const damaged = Buffer.from(pickle)
        damaged[at] = byte
        try {
          decodePickle(damaged)
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed)
        }
      }
    }
  })
})
