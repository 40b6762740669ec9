import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AccessRig } from './access-rig.js'

const tokens: Record<string, string> = {}
let rig: AccessRig

beforeAll(async () => {
  rig = await AccessRig.start(
    'access:\n  cors_origins: ["https://app.example.com"]\n  proxy_headers: { user: x-user, role: x-role, companies: x-companies }\n' +
      'trusted_proxies: ["127.0.0.9"]\n',
    [],
  )
})
afterAll(() => rig?.stop())

/** With proxy headers configured somebody must sign in from the beginning: the first token is made beside. */
beforeAll(async () => {
  const { TokenStore } = await import('../../src/access/tokens.js')
  const { Roles } = await import('../../src/access/roles.js')
  const { everything } = await import('../../src/access/scope.js')
  const store = new TokenStore(rig.database.db, new Roles({}))
  for (const role of ['admin', 'operator', 'viewer']) {
    const made = await store.create({ name: role, role, scope: everything, expiresAt: null, by: 'test' })
    tokens[role] = made.secret
  }
})

const origin = () => new URL(rig.crisper.url).origin

/** What a browser sends along after signing in. */
async function cookieOf(role: string): Promise<string> {
  const { headers } = await rig.ask('POST', '/api/session/', { body: { token: tokens[role] } })
  return headers.get('set-cookie')?.split(';')[0] ?? ''
}

describe('sessions', () => {
  test('the cookie is out of reach of scripts and of other sites', async () => {
    const { headers, status } = await rig.ask('POST', '/api/session/', { body: { token: tokens.viewer } })
    expect(status).toBe(200)
    expect(headers.get('set-cookie')).toMatch(
      /^crisper_session=[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    )
  })

  test('one that somebody planted is not taken over', async () => {
    const planted = `crisper_session=${'x'.repeat(43)}`
    const { headers } = await rig.ask('POST', '/api/session/', {
      body: { token: tokens.viewer },
      headers: { cookie: planted },
    })
    expect(headers.get('set-cookie')).not.toContain('x'.repeat(43))
    expect((await rig.ask('GET', '/api/tasks/', { headers: { cookie: planted } })).status).toBe(401)
  })

  test('after signing out, or when its token is revoked, it is over', async () => {
    const cookie = await cookieOf('viewer')
    const ask = (headers: Record<string, string>) => rig.ask('GET', '/api/tasks/', { headers })
    expect((await ask({ cookie })).status).toBe(200)
    const left = await rig.ask('DELETE', '/api/session/', { headers: { cookie, origin: origin() } })
    expect(left.status).toBe(204)
    expect((await ask({ cookie })).status).toBe(401)

    const made = await rig.ask('POST', '/api/tokens/', { token: tokens.admin, body: { name: 'short' } })
    const session = await rig.ask('POST', '/api/session/', { body: { token: made.body.token } })
    const other = { cookie: session.headers.get('set-cookie')?.split(';')[0] ?? '' }
    expect((await ask(other)).status).toBe(200)
    await rig.ask('POST', '/api/tokens/short/revoke/', { token: tokens.admin })
    expect((await ask(other)).status).toBe(401)
    expect((await rig.ask('GET', '/api/tasks/', { token: made.body.token })).status).toBe(401)
  })

  test('one ends no later than the token that it was begun with', async () => {
    const expiresAt = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000)
    const order = { name: 'for-an-hour', expires_at: expiresAt.toISOString() }
    const made = await rig.ask('POST', '/api/tokens/', { token: tokens.admin, body: order })
    const { headers } = await rig.ask('POST', '/api/session/', { body: { token: made.body.token } })
    expect(headers.get('set-cookie')).toContain(`Expires=${expiresAt.toUTCString()}`)
  })

  test.each<[string, () => Record<string, string>, number]>([
    ['of ours', () => ({ origin: origin() }), 404],
    ['of ours, as the browser itself says', () => ({ 'sec-fetch-site': 'same-origin' }), 404],
    ['of another site', () => ({ origin: 'https://evil.example' }), 403],
    ['of another port', () => ({ origin: 'http://127.0.0.1:1' }), 403],
    ['in a sandbox', () => ({ origin: 'null' }), 403],
    ['that hides where it is', () => ({}), 403],
    ['of a neighbour', () => ({ 'sec-fetch-site': 'same-site' }), 403],
  ])('a page %s changes something with it: %s', async (_what, headers, status) => {
    const cookie = await cookieOf('operator')
    const path = '/api/stops/00000000-0000-4000-8000-000000000000/cancel/'
    const answer = await rig.ask('POST', path, { body: {}, headers: { cookie, ...headers() } })
    expect(answer.status).toBe(status)
  })
})

describe('other sites', () => {
  test.each([
    ['https://app.example.com', 'https://app.example.com'],
    ['https://evil.example', null],
    ['https://app.example.com.evil.example', null],
    ['null', null],
  ])('a page of %s may read %s', async (from, allowed) => {
    const { headers } = await rig.ask('GET', '/api/tasks/', {
      token: tokens.viewer,
      headers: { origin: from },
    })
    expect(headers.get('access-control-allow-origin')).toBe(allowed)
    expect(headers.get('access-control-allow-credentials')).toBeNull()
  })

  test('no answer may be framed, sniffed, or run what is not ours', async () => {
    for (const path of ['/', '/api/tasks/', '/nothing']) {
      const { headers } = await rig.ask('GET', path, { headers: { accept: 'text/html' } })
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
      expect(headers.get('content-security-policy')).not.toMatch(/unsafe/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })
})

describe('who pretends', () => {
  test('to be the proxy is not believed', async () => {
    const headers = { 'x-user': 'root', 'x-role': 'admin', 'x-forwarded-for': '127.0.0.9' }
    expect((await rig.ask('GET', '/api/tasks/', { headers })).status).toBe(401)
  })

  test('with tokens that are none is slowed down, wherever they say to come from', async () => {
    const guess = (n: number) =>
      rig.ask('GET', '/api/tasks/', {
        token: `crisper_${'0'.repeat(12)}_${String(n).padStart(43, 'A')}`,
        headers: { 'x-forwarded-for': `10.0.0.${n}` },
      })
    const seen: number[] = []
    for (let n = 0; n < 70; n++) seen.push((await guess(n)).status)
    expect(seen.slice(0, 20).every((status) => status === 401)).toBe(true)
    const last = await guess(70)
    expect(last.status).toBe(429)
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

/** Bytes that no HTTP client would send. */
async function sendRaw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(rig.crisper.url)
  const socket = connect(Number(port), hostname)
  socket.write(bytes)
  return await text(socket)
}

describe('what is sent', () => {
  test.each([
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/....//package.json',
    '/..%5c..%5cpackage.json',
  ])('%s leads to no file', async (path) => {
    const answer = await sendRaw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1.1 (40[034]|301)/)
    expect(answer).not.toContain('dependencies')
  })

  test.each([
    ['of 2 MB', `{"name": "${'x'.repeat(2 * 1024 * 1024)}"}`, 413],
    ['that is no JSON', '{"name": ', 400],
    ['that is a list', '[]', 400],
    ['with a prototype', '{"name": "x", "__proto__": {"role": "admin"}}', 400],
    ['with a constructor', '{"name": "x", "constructor": {"prototype": {"role": "admin"}}}', 400],
  ])('a body %s is refused', async (_what, body, status) => {
    const answer = await rig.ask('POST', '/api/tokens/', { token: tokens.admin, body })
    expect(answer).toMatchObject({ status, body: { error: expect.any(String) } })
    expect(({} as { role?: string }).role).toBeUndefined()
  })

  test('a large body of somebody unknown is not read', async () => {
    const { hostname, port } = new URL(rig.crisper.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      'POST /api/tasks/stop/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n{',
    )
    // Answered although nothing more comes.
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 401 /)
    socket.destroy()
  })

  const meta = `'"; drop table job; -- \\ % _ \u0000 \ud800 $1 {{7*7}} <script>`
  test('signs that mean something to a database mean nothing, in any parameter', async () => {
    const { paths } = (await rig.ask('GET', '/api/openapi.json')).body
    let asked = 0
    for (const [path, methods] of Object.entries<
      Record<string, { parameters?: { name: string; in: string }[] }>
    >(paths)) {
      if (path.includes('live') || path.includes('oidc')) continue
      for (const { name, in: place } of methods.get?.parameters ?? []) {
        const value = encodeURIComponent(meta.toWellFormed())
        const target =
          place === 'path'
            ? path.replace(`{${name}}`, value)
            : `${path.replace(/\{\w+\}/, 'x')}?${name}=${value}`
        const { status, text: told } = await rig.ask('GET', target, { token: tokens.admin })
        expect({ target, status }).not.toMatchObject({ status: 500 })
        expect(told).not.toMatch(/syntax error|unterminated/)
        asked++
      }
    }
    expect(asked).toBeGreaterThan(40)
    expect((await rig.ask('GET', '/api/tasks/', { token: tokens.admin })).status).toBe(200)
  })
})
