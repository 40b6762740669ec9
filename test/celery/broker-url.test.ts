import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BrokerUrl, maskUrl, parseBrokerUrl } from '../../src/celery/broker-url.js'
import { BadUrl } from '../../src/celery/errors.js'

function only(text: string): BrokerUrl {
  const urls = parseBrokerUrl(text)
  expect(urls).toHaveLength(1)
  const [url] = urls
  if (url === undefined) throw new Error('no URL')
  return url
}

describe('Redis', () => {
  test.each([
    ['redis://', { at: { host: '127.0.0.1', port: 6379 }, db: 0, username: null, password: null, tls: null }],
    ['redis://:p%23w%40%2Fx@h:6380/3', { at: { host: 'h', port: 6380 }, db: 3, password: 'p#w@/x' }],
    ['redis://[::1]:6379/0', { at: { host: '::1', port: 6379 }, db: 0 }],
    ['redis://H.Example//3', { at: { host: 'h.example', port: 6379 }, db: 3 }],
    ['redis://u:a@b@h/1', { username: 'u', password: 'a@b', db: 1 }],
    ['redis://:a%b+c@h', { password: 'a%b+c' }],
    ['redis://h:0/1', { at: { host: 'h', port: 6379 } }],
    ['redis+socket:///tmp/redis.sock?virtual_host=2', { at: { path: '/tmp/redis.sock' }, db: 2, tls: null }],
    ['redis+socket://:pw@/tmp/redis.sock', { at: { path: '/tmp/redis.sock' }, db: 0, password: 'pw' }],
  ])('%s', (text, expected) => {
    expect(only(text)).toMatchObject({ kind: 'redis', ...expected })
  })

  test('a fail-over list keeps its order, and its database where a URL names none', () => {
    expect(parseBrokerUrl('redis://:a@h1/1;redis://h2;redis://h3/3')).toMatchObject([
      { at: { host: 'h1' }, db: 1, password: 'a' },
      { at: { host: 'h2' }, db: 1, password: null },
      { at: { host: 'h3' }, db: 3, password: null },
    ])
  })

  test('a list of sentinels is one entry with the credentials and database of the first', () => {
    expect(parseBrokerUrl('sentinel://:s@h1:26379/0;sentinel://h2')).toMatchObject([
      {
        kind: 'sentinel',
        nodes: [
          { host: 'h1', port: 26379 },
          { host: 'h2', port: 26379 },
        ],
        db: 0,
        username: null,
        password: 's',
        tls: null,
        maskedUrl: 'sentinel://:**@h1:26379/0;sentinel://h2',
      },
    ])
  })
})

describe('TLS', () => {
  const unverified = { verify: false, checkHostname: false }
  const verified = { verify: true, checkHostname: true }

  test.each([
    ['rediss://h', unverified],
    ['rediss://h?ssl_cert_reqs=none', unverified],
    ['rediss://h?ssl_cert_reqs=CERT_NONE', unverified],
    ['rediss://h:6379/0?ssl_cert_reqs=required', verified],
    ['rediss://h?ssl_cert_reqs=CERT_OPTIONAL', verified],
    ['redis://h?ssl_cert_reqs=required', verified],
    ['rediss://h?ssl_cert_reqs=required&ssl_check_hostname=False', { verify: true, checkHostname: false }],
    [
      'rediss://h?ssl_ca_certs=%2Fca.pem&ssl_certfile=/c.pem&ssl_keyfile=/k.pem',
      { ...verified, caFile: '/ca.pem', certFile: '/c.pem', keyFile: '/k.pem' },
    ],
    ['amqps://h', verified],
    ['amqps://h?ssl_cert_reqs=none', unverified],
    ['sentinel://h?ssl_cert_reqs=required', verified],
  ])('%s', (text, tls) => {
    expect(only(text)).toMatchObject({ tls })
  })

  test('a result backend must say what it wants of the certificate, as in Celery', () => {
    expect(() => parseBrokerUrl('rediss://:pw@h', 'result backend')).toThrow(/ssl_cert_reqs=required/)
    expect(() => parseBrokerUrl('redis://h?ssl_cert_reqs=none', 'result backend')).toThrow(/rediss:\/\//)
    expect(parseBrokerUrl('rediss://h?ssl_cert_reqs=none', 'result backend')).toMatchObject([
      { tls: unverified },
    ])
  })
})

describe('RabbitMQ', () => {
  test.each([
    [
      'amqp://',
      { at: { host: '127.0.0.1', port: 5672 }, username: 'guest', password: 'guest', vhost: '/', tls: null },
    ],
    ['amqp://u:p@h', { at: { host: 'h', port: 5672 }, username: 'u', password: 'p', vhost: '/' }],
    ['amqp://u:p@h/', { vhost: '/' }],
    ['amqp://u:p@h//', { vhost: '/' }],
    ['amqp://u:p@h/%2F', { vhost: '/' }],
    ['amqp://u:p@h//vhost', { vhost: '/vhost' }],
    ['amqp://u:p@h/vhost', { vhost: 'vhost' }],
    ['pyamqp://u@h', { username: 'u', password: 'guest' }],
    ['amqps://h/v?heartbeat=5', { at: { host: 'h', port: 5671 }, vhost: 'v' }],
  ])('%s', (text, expected) => {
    expect(only(text)).toMatchObject({ kind: 'amqp', ...expected })
  })

  test('a part of a list that is only a host takes the rest from the first URL', () => {
    expect(parseBrokerUrl('amqp://u:p@h1/v;h2:5673;amqp://h3')).toMatchObject([
      { at: { host: 'h1', port: 5672 }, username: 'u', vhost: 'v' },
      {
        at: { host: 'h2', port: 5673 },
        username: 'u',
        password: 'p',
        vhost: 'v',
        maskedUrl: 'amqp://h2:5673',
      },
      { at: { host: 'h3', port: 5672 }, username: 'guest', vhost: 'v' },
    ])
  })
})

describe('what can not be used', () => {
  test.each([
    '',
    'localhost',
    'redis',
    'redis://h/x',
    'redis://:hunter2@h/x',
    'redis://:hunt#er2@h',
    'redis://:hunter2/@h',
    'redis://:hunter2?@h',
    'redis://:hunter2;x@h',
    'redis://:hunter2@h:port',
    'redis://:hunter2@[::1',
    'redis://:hunter2@h;amqp://h',
    'rediss://:hunter2@h?ssl_cert_reqs=maybe',
    'redis+socket://:hunter2@',
    'sqs://key:hunter2@',
    'kafka://u:hunter2@h',
    'memory://',
    'filesystem://',
    'sqla+mysql://root:hunter2@h/db',
  ])('%s', (text) => {
    const error = caught(() => parseBrokerUrl(text))

    expect(error).toBeInstanceOf(BadUrl)
    expect(error.message).toContain('redis://USER:PASSWORD@HOST:6379/0')
    expect(error.message).not.toMatch(/hunt|er2/)
  })

  test('an unknown transport is told which ones there are', () => {
    expect(() => parseBrokerUrl('sqs://')).toThrow('only Redis (also through Sentinel) and RabbitMQ')
    expect(() => parseBrokerUrl('amqp://h', 'result backend')).toThrow('only Redis (also through Sentinel)')
  })
})

describe('masking', () => {
  test.each([
    ['redis://:p%23w@h:6380/3', 'redis://:**@h:6380/3'],
    ['redis://user@h', 'redis://user@h'],
    ['amqp://u:p@h1;h2;amqp://u2:p2@h3/v', 'amqp://u:**@h1;h2;amqp://u2:**@h3/v'],
    [
      'sentinel://:s@h1:26379/0;sentinel://:t@h2:26379/0',
      'sentinel://:**@h1:26379/0;sentinel://:**@h2:26379/0',
    ],
    ['rediss://h?password=abc&ssl_cert_reqs=none', 'rediss://h?password=**&ssl_cert_reqs=none'],
    ['redis://h?p%61ssword=abc#tail', 'redis://h?p%61ssword=**'],
    ['redis://h?password=ab&c', 'redis://h?password=**&**'],
    ['redis://:a#b@h', 'redis://**'],
    ['redis://:a?b@h', 'redis://**'],
    ['redis://:a;b@h', 'redis://:**@h'],
    ['redis://h?password=a@b', 'redis://**'],
    ['db+postgresql://u:p@h/db', 'db+postgresql://u:**@h/db'],
    ['user:pw@host', '**'],
    ['django-db', 'django-db'],
    ['', ''],
  ])('%s', (text, masked) => {
    expect(maskUrl(text)).toBe(masked)
  })

  test('no password is ever left, whatever its characters', () => {
    const secret = fc.string({ minLength: 6, unit: fc.constantFrom(...'sekrit/?#;:@&=%[]+ ') })
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom('redis://:', 'amqp://u:', 'x:', 'redis://h?password='),
        (text, start) => {
          const masked = maskUrl(`${start}${text}@host`)
          for (const run of text.split(/[^sekrit]/))
            if (run.length > 2) expect(masked.slice(7)).not.toContain(run)
        },
      ),
    )
  })
})

function caught(action: () => unknown): Error {
  try {
    action()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}
