import { expect, test } from 'vitest'
import { maskSettings } from '../../src/celery/mask-settings.js'

test.each([
  ['a secret by its name', { s3_secret_key: 'x', API_TOKEN: 'x', dsn: 'https://x@sentry.example/1' }],
  ['one in a list of objects', { partners: [{ name: 'a', password: 'x' }] }],
  ['one in the text of a Python object', { options: "{'user': 'a', 'password': 'x', 'port': 1}" }],
])('%s is masked', (_what, settings) => {
  const masked = JSON.stringify(maskSettings(settings))
  expect(masked).toContain('**')
  expect(masked).not.toMatch(/\bx\b/)
})

test('passwords in URLs are masked, in lists and in texts', () => {
  expect(
    maskSettings({
      broker_url: 'amqp://guest:pw@h1//;amqp://guest:pw@h2//',
      broker_read_url: ['redis://:pw@h:6379/0'],
      note: "<Store at 'postgres://etl:pw@db/etl'>",
    }),
  ).toEqual({
    broker_url: 'amqp://guest:**@h1//;amqp://guest:**@h2//',
    broker_read_url: ['redis://:**@h:6379/0'],
    note: "<Store at 'postgres://etl:**@db/etl'>",
  })
})

test('what only sounds like a secret stays', () => {
  const settings = {
    task_default_routing_key: 'celery',
    task_default_exchange: 'celery',
    security_digest: 'sha256',
    password_timeout: 3,
    api_key: null,
    worker_prefetch_multiplier: 4,
    token_enabled: true,
  }
  expect(maskSettings(settings)).toEqual(settings)
})

test('a configuration that nests for ever is cut', () => {
  let settings: Record<string, unknown> = { password: 'x' }
  for (let depth = 0; depth < 100; depth += 1) settings = { inner: settings }
  expect(JSON.stringify(maskSettings(settings))).not.toContain('"x"')
})
