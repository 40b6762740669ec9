import { describe, expect, test } from 'vitest'
import { parseLiteral } from '../../src/celery/python-literal.js'
import { redactSample } from '../../src/redaction/redact-sample.js'
import { noRedaction, redactorOf } from '../../src/redaction/redactor.js'
import { defaultKeys, SecretKeys } from '../../src/redaction/secret-keys.js'

const options = { enabled: true, replace: false, keys: [], patterns: [] }
const redactor = redactorOf(options)

describe('a key', () => {
  const keys = new SecretKeys(defaultKeys)
  const secret = `password PASSWORD Password1 user_password userPassword db-passwd pwd passwords passwordHash secret
    client_secret SECRET_KEY awsSecretAccessKey token accessToken accesstoken csrftoken X-Auth-Token oauth2Token api_key
    apiKey API-KEY apikey X-Api-Key private_key Authorization Proxy-Authorization cookie Set-Cookie sessionCookie
    credentials creditCard credit_card_number card_number cvv cvv2 otp jwt senha config.password tokens`
  const plain = `tokenize tokenizer token_count tokenCount token_type token_expires_at passwordless secretary bypass
    compass password_changed_at password_policy secret_name cookie_policy author authority authorized_by keyboard key
    monkey company_id discard card scorecard api keys pin passenger encoded description`

  test.each(secret.split(/\s+/))('%s is secret', (key) => expect(keys.find(key)).not.toBeNull())
  test.each(plain.split(/\s+/))('%s is not', (key) => expect(keys.find(key)).toBeNull())

  test('that a rule names to its end is secret whatever its last word', () => {
    expect(new SecretKeys(['pin_length']).find('pinLength')).not.toBeNull()
  })
})

describe('what looks like a secret', () => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'
  test.each([
    ['sent Bearer abc.def-123 today', 'sent Bearer [redacted] today'],
    [`x ${jwt} y`, 'x [redacted] y'],
    [`x ${jwt.slice(0, 40)}...`, 'x [redacted]...'],
    ['a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb', 'a\n[redacted]\nb'],
    ['-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg...', '[redacted]'],
    ['at postgres://ana:s3c/r@t@db:5432/x', 'at postgres://ana:[redacted]@db:5432/x'],
    ['at redis://:s3cret@h1:6379/0', 'at redis://:[redacted]@h1:6379/0'],
    ['at amqp://u:s3cr...', 'at amqp://u:[redacted]'],
    ['AKIAIOSFODNN7EXAMPLE is it', '[redacted] is it'],
    [
      'card 4111111111111111, 3782-822463-10005, 5555 5555 5555 4444',
      'card [redacted], [redacted], [redacted]',
    ],
  ])('is replaced: %j', (text, wanted) => {
    expect(redactor.text(text)).toBe(wanted)
    expect(redactor.text(wanted)).toBe(wanted)
    expect(redactor.json({ note: [text] })).toEqual({ note: [wanted] })
  })

  test.each([
    'Bearer authentication failed, Bearer realm="api"',
    'http://localhost:8000/users/@me and http://[::1]:80/ and redis://host:6379/0',
    'eyJjdXJzb3IiOjF9',
    '-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----',
    'id 4111111111111112, 1795577181610587, 0.4111111111111111, a4111111111111111',
    '12345678-4111-1111-1111-111111111111',
    'token: None, password=, secret: true, tokens: 512',
    'connect(password=password)',
  ])('is not: %j', (text) => expect(redactor.text(text)).toBe(text))
})

describe('in text', () => {
  test.each([
    ['POST https://h/?user=1&api_key=abc&x=2 failed', 'POST https://h/?user=1&api_key=[redacted]&x=2 failed'],
    ['dsn host=db password=s3cret user=ana', 'dsn host=db password=[redacted] user=ana'],
    ['Authorization: Basic dXNlcjpwYXNz\nHost: h', 'Authorization: [redacted]\nHost: h'],
    ['cookie: a=1; sessionid=2', 'cookie: [redacted]'],
    [
      `app.errors.Declined: {'token': 'a b', 'id': 7}`,
      `app.errors.Declined: {'token': '[redacted]', 'id': 7}`,
    ],
    ['answer {"secret": {"a": [1, "x}"]}, "id": 7}', 'answer {"secret": "[redacted]", "id": 7}'],
    [
      String.raw`body "{\"password\": \"a\", \"id\": 7}"`,
      String.raw`body "{\"password\": \"[redacted]\", \"id\": 7}"`,
    ],
    [`can't log in: password='it's me', id=7`, `can't log in: password='[redacted]'`],
  ])('%j', (text, wanted) => {
    expect(redactor.text(text)).toBe(wanted)
    expect(redactor.text(wanted)).toBe(wanted)
  })

  test('a source line of a traceback costs no other line', () => {
    const frame = `  File "/srv/app/x.py", line 3, in f\n    raise Bad(f"no user for password='{password}'")`
    const text = `Traceback (most recent call last):\n${frame}\n  File "/y.py", line 1, in g\n    g()\nBad: password=abc`
    const lines = redactor.text(text).split('\n')
    expect(lines[2]).toContain("password='[redacted]'")
    expect(lines.slice(3)).toEqual(['  File "/y.py", line 1, in g', '    g()', 'Bad: password=[redacted]'])
  })
})

describe('in reprs', () => {
  test('a number becomes a string, so that the repr is read as before', () => {
    const redacted = redactor.text("{'card': 4111111111111111, 'cvv': 123, 'rows': 7}", 'celery')
    expect(redacted).toBe("{'card': '[redacted]', 'cvv': '[redacted]', 'rows': 7}")
    expect(parseLiteral(redacted, 'celery').complete).toBe(true)
  })

  test('strings are looked into, however they are quoted', () => {
    const json = JSON.stringify({ a: { password: `it's "x"` }, prompt: 'Enter password: ' })
    const repr = `ValueError('${json.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}')`
    expect(redactor.text(repr, 'python')).toBe(
      `ValueError('{"a":{"password":"[redacted]"},"prompt":"Enter password: "}')`,
    )
  })

  test('objects keep what else they tell', () => {
    expect(redactor.text("(<User name='ana' password='x'>, Key(token=b'a', size=3))", 'celery')).toBe(
      "(<User name='ana' password='[redacted]'>, Key(token='[redacted]', size=3))",
    )
  })
})

describe('the rules', () => {
  const own = { keys: ['cpf'], patterns: [String.raw`\bCUST-\d{6}\b`] }
  const text = "{'cpf': '123', 'password': 'x', 'note': 'for CUST-123456'}"

  test('of the configuration come beside the built-in ones, or instead of them', () => {
    expect(redactorOf({ ...options, ...own }).text(text)).toBe(
      "{'cpf': '[redacted]', 'password': '[redacted]', 'note': 'for [redacted]'}",
    )
    expect(redactorOf({ ...options, ...own, replace: true }).text(text)).toBe(
      "{'cpf': '[redacted]', 'password': 'x', 'note': 'for [redacted]'}",
    )
  })

  test('can be turned off', () =>
    expect(redactorOf({ ...options, ...own, enabled: false })).toBe(noRedaction))

  test('take linear time, whatever the pattern and the text', () => {
    const careless = redactorOf({ ...options, patterns: ['(a+)+$', '(x|xx)*y'] })
    const hostile = [
      'a',
      'x',
      ':',
      '\\',
      '{',
      "password='",
      '://a:b',
      "{'password': ",
      'bearer ',
      'eyJ',
      '4111 ',
    ]
    for (const piece of hostile) {
      const long = `${piece.repeat(Math.ceil(300_000 / piece.length))}!`
      // Quadratic would be minutes.
      for (const writer of ['celery', 'either'] as const) careless.text(long, writer)
    }
  })
})

test('samples of what could not be read show nothing that could not be looked into', () => {
  expect(redactSample('{"body": "cGFzc3dvcmQ9eA==", "content-type": "x"', redactor)).toBe(
    '{"body": "[redacted]", "content-type": "x"',
  )
  expect(redactSample('\x80\x04\x95password\x94x', redactor)).toBe('[redacted]')
  expect(redactSample(`{"kwargs": "{'token': 'abc`, redactor)).toBe(`{"kwargs": "{'token': '[redacted]'`)
})
