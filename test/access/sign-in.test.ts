import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { exportJWK, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../harness/eventually.js'
import { AccessRig } from './access-rig.js'

const secret = 'a secret that the application shares'
const claims = `
    claims:
      user: email
      role: groups
      tenants: app.tenants
      companies: companies
      roles: { staff: admin, support: operator }
      unscoped_roles: [admin]
`

const now = () => Math.floor(Date.now() / 1000)

function token(payload: JWTPayload, key: KeyObject | string = secret, header: object = { alg: 'HS256' }) {
  const material = typeof key === 'string' ? new TextEncoder().encode(key) : key
  const { exp = now() + 600, iss = 'app', aud = 'crisper', ...rest } = payload
  return new SignJWT({ exp, iss, aud, ...rest })
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(material)
}

const ana = {
  email: 'ana@example.com',
  groups: ['other', 'support'],
  companies: [4],
  app: { tenants: ['t'] },
}

describe('JSON Web Tokens with a shared secret', () => {
  let rig: AccessRig

  beforeAll(async () => {
    rig = await AccessRig.start(
      `access:\n  jwt:\n    secret: ${secret}\n    issuer: app\n    audience: crisper${claims}`,
    )
  })
  afterAll(() => rig?.stop())

  const who = async (jwt: string) => (await rig.ask('GET', '/api/session/', { token: jwt })).body.identity
  const status = async (jwt: string) => (await rig.ask('GET', '/api/tasks/', { token: jwt })).status

  test('say who it is, in which role, and for which companies', async () => {
    expect(await who(await token(ana))).toMatchObject({
      kind: 'jwt',
      name: 'jwt:ana@example.com',
      role: 'operator',
      scope: { tenants: ['t'], companies: ['4'], task_types: null, queues: null },
    })
    expect(await status(await token(ana))).toBe(200)
  })

  test('a role that sees everything is not held to the claims', async () => {
    const boss = await token({ ...ana, groups: 'staff' })
    expect(await who(boss)).toMatchObject({ role: 'admin', scope: { tenants: null, companies: null } })
  })

  test('a claim that narrows and is missing leaves nothing', async () => {
    const { companies, ...without } = ana
    expect(await who(await token(without))).toMatchObject({ scope: { companies: [], tenants: ['t'] } })
  })

  test('who has no role that is known is not let in', async () => {
    expect(await status(await token({ ...ana, groups: ['other'] }))).toBe(401)
    expect(await status(await token({ ...ana, email: undefined }))).toBe(401)
  })

  test('a session that was begun with one ends with it', async () => {
    const exp = now() + 40
    const body = { token: await token({ ...ana, exp }) }
    const { headers, body: told } = await rig.ask('POST', '/api/session/', { body })
    expect(told).toMatchObject({ name: 'jwt:ana@example.com' })
    const [cookie = '', ...rest] = headers.get('set-cookie')?.split('; ') ?? []
    expect(rest).toContain(`Expires=${new Date(exp * 1000).toUTCString()}`)
    expect((await rig.ask('GET', '/api/tasks/', { headers: { cookie } })).status).toBe(200)
  })

  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

  test.each<[string, () => Promise<string> | string]>([
    ['no signature', () => `${part({ alg: 'none' })}.${part({ ...ana, exp: now() + 600 })}.`],
    ['another secret', () => token(ana, 'some other secret of enough characters')],
    ['another issuer', () => token({ ...ana, iss: 'evil' })],
    ['another audience', () => token({ ...ana, aud: 'other' })],
    ['an end that has passed', () => token({ ...ana, exp: now() - 60 })],
    ['a beginning to come', () => token({ ...ana, nbf: now() + 600 })],
    ['the key of somebody else', () => token(ana, privateKey, { alg: 'RS256' })],
    [
      'a public key as the secret',
      () => token(ana, publicKey.export({ type: 'spki', format: 'pem' }).toString()),
    ],
    ['rubbish', () => 'a.b.c'],
    ['nothing', () => '.'],
  ])('with %s it is refused', async (_what, make) => {
    const answer = await rig.ask('GET', '/api/tasks/', { token: await make() })
    expect(answer).toMatchObject({ status: 401, body: { error: 'The token is not valid here.' } })
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
  })

  test('without an end it is refused: nobody could take it back', async () => {
    const endless = await new SignJWT({ ...ana, iss: 'app', aud: 'crisper' })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(secret))
    expect(await status(endless)).toBe(401)
  })
})

describe('JSON Web Tokens with the keys of a provider', () => {
  let rig: AccessRig
  let server: Server
  let keys: object[] = []
  let away = false

  beforeAll(async () => {
    server = createServer((_request, response) => {
      if (away) response.destroy()
      else response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    rig = await AccessRig.start(`access:\n  jwt:\n    jwks_url: http://127.0.0.1:${port}/jwks${claims}`)
  })
  afterAll(async () => {
    await rig?.stop()
    server?.closeAllConnections()
    server?.close()
  })

  const status = async (jwt: string) => (await rig.ask('GET', '/api/tasks/', { token: jwt })).status
  const newKey = async (kid: string) => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return { pair, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' } }
  }

  test('while the keys are out of reach nobody is refused, but told to come again', async () => {
    const { pair } = await newKey('one')
    away = true
    expect(await status(await token(ana, pair.privateKey, { alg: 'ES256', kid: 'one' }))).toBe(503)
    away = false
  })

  test('a new key is found, an unknown one is refused, and a public key is no secret', async () => {
    const [one, two] = [await newKey('one'), await newKey('two')]
    const sign = (key: typeof one, kid: string) => token(ana, key.pair.privateKey, { alg: 'ES256', kid })
    keys = [one.jwk]
    await eventually(
      'the first key',
      () => sign(one, 'one').then(status),
      (seen) => seen === 200,
    )
    expect(await status(await sign(two, 'two'))).toBe(401)
    const pem = one.pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
    expect(await status(await token(ana, pem, { alg: 'HS256', kid: 'one' }))).toBe(401)
    keys = [one.jwk, two.jwk]
    await eventually(
      'the second key',
      () => sign(two, 'two').then(status),
      (seen) => seen === 200,
      50_000,
    )
  })
})
