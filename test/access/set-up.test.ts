import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis } from '../../scripts/services/redis.mjs'
import { runCli } from '../cli/run-cli.js'
import type { TestBroker } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { TestFolder } from '../harness/test-folder.js'

const tls = (name: string) => fileURLToPath(new URL(`./tls/${name}.pem`, import.meta.url))
const everywhere = '0.0.0.0'

describe('from nothing to a Crisper that others can reach', () => {
  const folder = new TestFolder()
  let redis: TestBroker
  let postgres: TestPostgres
  let flags: string[]

  beforeAll(async () => {
    redis = await startRedis({ dir: folder.path('redis') })
    postgres = await startPostgres({ dir: folder.path('postgres') })
    flags = ['--broker', redis.url, '--database', postgres.url]
  })
  afterAll(async () => {
    await postgres?.stop()
    await redis?.stop()
    folder.remove()
  })

  test('while nobody has to sign in it listens nowhere else, and says how that is changed', async () => {
    const { code, err } = await runCli(['serve', '--host', everywhere, '--port', '0', ...flags])
    expect(code).toBe(2)
    expect(err).toMatch(
      /^crisper: host: 0\.0\.0\.0 can be reached .* crisper token create --name me --role admin/,
    )
  })

  test('one command makes a token, without a Crisper that runs', async () => {
    const made = await runCli([
      ...['token', 'create', '--name', 'me', '--role', 'admin', '--database', postgres.url],
      ...['--url', 'http://127.0.0.1:1'],
    ])
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^crisper_[0-9a-f]{12}_[\w-]{43}\n$/) })
    const token = made.out.trim()

    const crisper = await TestCrisper.start(['--host', everywhere, ...flags], { ready: false })
    const url = crisper.url.replace(everywhere, '127.0.0.1')
    try {
      expect((await fetch(`${url}/healthz`)).status).toBe(200)
      expect(await (await fetch(`${url}/readyz`)).text()).not.toContain('redis://')
      expect((await fetch(`${url}/api/tasks/`)).status).toBe(401)

      const env = { CRISPER_URL: url, CRISPER_TOKEN: token }
      expect(await runCli(['tasks'], { CRISPER_URL: url })).toMatchObject({
        code: 4,
        err: expect.stringContaining('crisper token create'),
      })
      expect((await runCli(['tasks'], env)).code).toBe(0)

      const made = ['token', 'create', '--name', 'support', '--role', 'operator', '--company', '4', '7']
      expect((await runCli([...made, '--expires', '90d'], env)).code).toBe(0)
      expect(await runCli(made, env)).toMatchObject({
        code: 4,
        err: expect.stringContaining('is or was there'),
      })
      expect((await runCli(['token', 'list'], env)).out).toMatch(/support .* operator .* companies: 4, 7/)
      expect((await runCli(['token', 'revoke', 'support'], env)).out).toContain('is revoked')

      const { out } = await runCli(['audit', 'list', '--action', 'token.', '--json'], env)
      expect(JSON.parse(out)).toMatchObject([
        { who: 'token:me', action: 'token.revoke', target: 'support', status: 200 },
        { who: 'token:me', action: 'token.create', status: 409, detail: { name: 'support', refused: true } },
        {
          who: 'token:me',
          action: 'token.create',
          status: 201,
          detail: { name: 'support', role: 'operator' },
        },
        { who: expect.stringMatching(/^cli:/), action: 'token.create', detail: { name: 'me' } },
      ])
      expect(out).not.toContain(token)
      expect(crisper.log()).not.toContain(token)
    } finally {
      await crisper.end()
    }
  })

  test('with flags it serves HTTPS, and its cookie goes over nothing else', async () => {
    const cert = ['--tls-cert', tls('cert'), '--tls-key', tls('key')]
    const crisper = await TestCrisper.start([...cert, ...flags], { ready: false })
    try {
      expect(crisper.url).toMatch(/^https:/)
      const token = await newToken(postgres)
      const answer = await secureSignIn(crisper.url, token)
      expect(answer.headers['set-cookie']?.[0]).toMatch(/^__Host-crisper_session=.*; Secure/)
      expect(answer.headers['strict-transport-security']).toMatch(/max-age/)
      expect(answer.body).toMatchObject({ name: 'token:secure' })
    } finally {
      await crisper.end()
    }
  })

  test.each([
    [['--tls-cert', '/nowhere.pem', '--tls-key', '/nowhere.pem'], /^crisper: tls: ENOENT/],
    [['--tls-cert', '/nowhere.pem'], /^crisper: tls\.key: /],
  ])('flags that can not be used are refused: %s', async (wrong, message) => {
    const { code, err } = await runCli(['serve', '--port', '0', ...wrong, ...flags])
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(message) })
  })
})

async function newToken(postgres: TestPostgres): Promise<string> {
  const how = ['--direct', '--database', postgres.url]
  return (await runCli(['token', 'create', '--name', 'secure', ...how])).out.trim()
}

async function secureSignIn(url: string, token: string) {
  return await new Promise<{ headers: NodeJS.Dict<string[]> & Record<string, unknown>; body: unknown }>(
    (resolve, reject) => {
      const asking = request(`${url}/api/session/`, {
        method: 'POST',
        ca: readFileSync(tls('cert')),
        headers: { 'content-type': 'application/json' },
      })
      asking.on('error', reject)
      asking.on('response', async (response) => {
        resolve({ headers: response.headers as never, body: await json(response) })
      })
      asking.end(JSON.stringify({ token }))
    },
  )
}
