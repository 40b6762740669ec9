import { deflateSync, gzipSync } from 'node:zlib'
import { encode } from '@msgpack/msgpack'
import { describe, expect, test } from 'vitest'
import { Malformed, type MalformedReason } from '../../src/celery/errors.js'
import { decodeBody, makeEnvelope, parseEnvelope } from '../../src/celery/messages.js'

function read(body: Buffer | string, contentType: string | null = 'application/json', headers = {}): unknown {
  return decodeBody({ body: Buffer.from(body), contentType, contentEncoding: 'utf-8', headers })
}

function reasonOf(action: () => unknown): MalformedReason | 'none' {
  try {
    action()
    return 'none'
  } catch (error) {
    if (error instanceof Malformed) return error.reason
    throw error
  }
}

describe('JSON', () => {
  test('is read as it is', () => {
    expect(read('[{"type": "task-started", "clock": 5, "name": "naïve.таск.🎉"}]')).toEqual([
      { type: 'task-started', clock: 5, name: 'naïve.таск.🎉' },
    ])
  })

  test("Python's NaN and infinities become null, but not inside strings", () => {
    const text = String.raw`{"a": NaN, "b": [Infinity, -Infinity,NaN], "s": "NaN, \"Infinity\" \\", "NaN": 1}`
    expect(read(text)).toEqual({ a: null, b: [null, null, null], s: 'NaN, "Infinity" \\', NaN: 1 })
  })

  test('a document that is broken besides a NaN stays broken', () => {
    expect(reasonOf(() => read('{"a": NaN, "b": '))).toBe('not_json')
    expect(reasonOf(() => read('{"a": xNaN}'))).toBe('not_json')
    expect(reasonOf(() => read('{"a": NaN, "b": "\\\\\\"'))).toBe('not_json')
  })

  test('a megabyte of quotes and backslashes around a NaN takes no time', () => {
    const value = '"\\'.repeat(500_000)
    expect(read(`[NaN, ${JSON.stringify(value)}]`)).toEqual([null, value])
  })

  test.each<[string, string | Buffer, MalformedReason]>([
    ['cut', '[{"type": "task-st', 'not_json'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x80, 0x22]), 'not_utf8'],
    ['empty', '', 'not_json'],
    ['too deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'too_deep'],
    ['too large', Buffer.alloc(16 * 1024 * 1024 + 1, 0x20), 'too_large'],
  ])('%s is malformed', (_, body, reason) => {
    expect(reasonOf(() => read(body))).toBe(reason)
  })
})

describe('compression', () => {
  test.each(['application/x-gzip', 'gzip', 'zlib'])(
    "%s is zlib, kombu's and Python's own bytes",
    (compression) => {
      const fromPython = Buffer.from('eJyrVkpUslIwrAUACeUCKQ==', 'base64')
      expect(read(fromPython, 'application/json', { compression })).toEqual({ a: 1 })
      expect(read(deflateSync('[1]'), 'application/json', { compression })).toEqual([1])
    },
  )

  test.each([
    ['application/x-bz2', Buffer.from('BZh9')],
    ['application/zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
    ['application/x-gzip', Buffer.from('{"a": 1}')],
    ['application/x-gzip', deflateSync('{"a": 1}').subarray(0, 6)],
  ])('%s that we can not unpack is malformed', (compression, body) => {
    expect(reasonOf(() => read(body, 'application/json', { compression }))).toBe('compression')
  })

  test('a small body that unpacks to a huge one is refused', () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20))
    expect(reasonOf(() => read(bomb, 'application/json', { compression: 'gzip' }))).toBe('too_large')
  })
})

describe('MessagePack', () => {
  const type = 'application/x-msgpack'

  test("Python's own bytes", () => {
    const fromPython = Buffer.from('g6FhlAHAw6LDqaFmyz/4AAAAAAAAoWLEAnh5', 'base64')
    expect(read(fromPython, type)).toEqual({ a: [1, null, true, 'é'], f: 1.5, b: 'xy' })
  })

  test('every kind of value passes the size check', () => {
    const value = {
      numbers: [0, -1, 127, 128, 255, 256, 65_536, 2 ** 40, -33, -129, -40_000, -(2 ** 40), 1.5],
      texts: ['', 'x'.repeat(31), 'x'.repeat(32), 'x'.repeat(300), 'x'.repeat(70_000)],
      lists: [Array(16).fill(null), Array(70_000).fill(true)],
      map: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key${index}`, false])),
    }
    expect(read(Buffer.from(encode(value)), type)).toEqual(value)
    expect(read(Buffer.from(encode(new Uint8Array([0xff, 0xfe]))), type)).toBe('//4=')
    expect(read(Buffer.from(encode(new Date(0))), type)).toBe('1970-01-01T00:00:00.000Z')
  })

  test.each([
    ['cut', Buffer.from([0x92, 0x01])],
    ['cut inside a length', Buffer.from([0xdd, 0x01])],
    ['more after the end', Buffer.from([0x01, 0x02])],
    ['an invalid byte', Buffer.from([0xc1])],
    ['a list that claims four billion elements', Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])],
    ['lists that each claim 20 million elements', Buffer.from('dd01312d00'.repeat(1000), 'hex')],
  ])('%s is malformed', (_, body) => {
    expect(reasonOf(() => read(body, type))).toBe('not_msgpack')
  })

  test('nesting without end is malformed', () => {
    expect(
      reasonOf(() => read(Buffer.concat([Buffer.alloc(100_000, 0x91), Buffer.from([0xc0])]), type)),
    ).toBe('too_deep')
  })
})

describe('YAML', () => {
  const type = 'application/x-yaml'

  test("PyYAML's own text", () => {
    const text = `a:\n- 1\n- null\n- true\n- "\\xE9"\n- 'yes'\n- '1:30'\nf: 1.0e+20\ny: n\nnan: .nan\nt: 2026-01-02 03:04:05\n`
    expect(read(text, type)).toEqual({
      a: [1, null, true, 'é', 'yes', '1:30'],
      f: 1e20,
      y: 'n',
      nan: null,
      t: '2026-01-02T03:04:05.000Z',
    })
  })

  test.each<[string, string, MalformedReason]>([
    ['a tag that would run code', `!!python/object/apply:os.system ['true']`, 'not_yaml'],
    ['an unknown tag', 'a: !secret x', 'not_yaml'],
    ['no YAML', 'a: [1', 'not_yaml'],
    ['a value that holds itself', '&a [*a]', 'too_deep'],
    [
      'aliases of aliases',
      [
        'a: &a0 [x, x, x, x]',
        ...[1, 2, 3, 4, 5, 6].map((n) => `b${n}: &a${n} [${`*a${n - 1}, `.repeat(9)}x]`),
      ].join('\n'),
      'not_yaml',
    ],
    ['large', `a: ${'x'.repeat(300_000)}`, 'too_large'],
    ['deep', '['.repeat(50_000), 'not_yaml'],
  ])('%s is malformed', (_, text, reason) => {
    expect(reasonOf(() => read(text, type))).toBe(reason)
  })

  test('a few aliases are fine, as PyYAML writes them for one list used twice', () => {
    expect(read('a: &id001 [1]\nb: *id001\n', type)).toEqual({ a: [1], b: [1] })
  })
})

test.each(['application/x-python-serialize', 'application/data', 'text/plain', '', null])(
  '%s is refused',
  (type) => {
    const pickle = Buffer.from('80055d942e', 'hex')
    expect(reasonOf(() => read(pickle, type))).toBe('content_type')
  },
)

describe('the envelope on Redis', () => {
  const captured = Buffer.from(
    '{"body": "eyJ3b3JrZXIxQGhvc3QiOiB7Im9rIjogInRhc2tzIHsnZGVmJywgJ2FiYyd9IGZsYWdnZWQgYXMgcmV2b2tlZCJ9fQ==", "content-encoding": "utf-8", "content-type": "application/json", "headers": {"ticket": "7434d25c-d43f-4c2c-adad-4f5df58c3d74", "clock": 230}, "properties": {"delivery_mode": 1, "delivery_info": {"exchange": "reply.celery.pidbox", "routing_key": "cac0fbd1-6cf1-4aa8-92e9-0035b6124905"}, "priority": 0, "body_encoding": "base64", "delivery_tag": "ccab9133-2c4c-4a7e-b22a-f7989ed41322"}}',
  )

  test('of a captured reply', () => {
    const message = parseEnvelope(captured)

    expect(message).toMatchObject({
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      headers: { ticket: '7434d25c-d43f-4c2c-adad-4f5df58c3d74', clock: 230 },
      properties: { delivery_info: { exchange: 'reply.celery.pidbox' } },
    })
    expect(decodeBody(message)).toEqual({ 'worker1@host': { ok: "tasks {'def', 'abc'} flagged as revoked" } })
  })

  test('a body without body_encoding is literal text', () => {
    const message = parseEnvelope(Buffer.from('{"body": "[1]", "content-type": "application/json"}'))
    expect(message).toEqual({
      body: Buffer.from('[1]'),
      contentType: 'application/json',
      contentEncoding: null,
      headers: {},
      properties: {},
    })
  })

  test.each<[string, string | Buffer]>([
    ['text', 'hello'],
    ['a JSON string', '"hello"'],
    ['a list', '[]'],
    ['an object without a body', '{"headers": {}}'],
    ['a body that is no text', '{"body": {"a": 1}}'],
    ['bytes', Buffer.from([0xff, 0xfe, 0x80])],
    ['nothing', ''],
  ])('%s has none', (_, payload) => {
    expect(reasonOf(() => parseEnvelope(Buffer.from(payload)))).toBe('no_envelope')
  })

  test('what we publish reads back, each time with another delivery tag', () => {
    const message = {
      body: { method: 'revoke', arguments: { task_id: 'é' } },
      headers: { clock: 0, expires: 0 },
      exchange: 'celery.pidbox',
      routingKey: '',
    }
    const [first, second] = [makeEnvelope(message), makeEnvelope(message)].map((text) =>
      parseEnvelope(Buffer.from(text)),
    )
    if (first === undefined || second === undefined) throw new Error('nothing made')

    expect(decodeBody(first)).toEqual(message.body)
    expect(first).toMatchObject({
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      headers: message.headers,
      properties: {
        delivery_mode: 2,
        delivery_info: { exchange: 'celery.pidbox', routing_key: '' },
        priority: 0,
        body_encoding: 'base64',
        delivery_tag: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    })
    expect(first.properties.delivery_tag).not.toBe(second.properties.delivery_tag)
  })
})
