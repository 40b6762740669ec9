import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AccessRig } from './access-rig.js'

describe('users with passwords', () => {
  let rig: AccessRig
  const password = 'correct horse battery'

  beforeAll(async () => {
    rig = await AccessRig.start('')
    await rig.makeToken('admin', 'admin')
    const body = { name: 'Ana@example.com', password, role: 'operator', scope: { companies: ['4'] } }
    expect((await rig.ask('POST', '/api/users/', { token: rig.token('admin'), body })).status).toBe(201)
  })
  afterAll(() => rig?.stop())

  const signIn = (user: string, typed: string, from = '10.0.0.1') =>
    rig.ask('POST', '/api/session/', {
      body: { user, password: typed },
      headers: { 'x-forwarded-for': from },
    })

  test('sign in with any case of their name', async () => {
    const answer = await signIn('ana@EXAMPLE.com', password)
    expect(answer).toMatchObject({
      status: 200,
      body: { name: 'user:ana@example.com', role: 'operator', scope: { companies: ['4'] } },
    })
  })

  test('short passwords, names that are taken and roles that are none are refused', async () => {
    const make = (more: object) =>
      rig.ask('POST', '/api/users/', {
        token: rig.token('admin'),
        body: { name: 'ben', password, role: 'viewer', ...more },
      })
    expect(await make({ password: 'short' })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/12 characters/) },
    })
    expect(await make({ role: 'god' })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/viewer, operator, admin/) },
    })
    expect((await make({ name: 'ANA@example.com' })).status).toBe(409)
  })

  test('the password is stored as nothing that could be turned back', async () => {
    const { rows } = await rig.database.pool.query('select password from access_user')
    expect(rows[0].password).toMatch(/^\$argon2id\$/)
    expect((await rig.ask('GET', '/api/users/', { token: rig.token('admin') })).text).not.toContain('argon2')
  })

  test('guessing is slowed down, also with the right password at last, and for names that are none', async () => {
    for (const name of ['ana@example.com', 'nobody']) {
      const seen: number[] = []
      for (let n = 0; n < 10; n++) seen.push((await signIn(name, `guess number ${n}`)).status)
      expect(seen.slice(0, 5).every((status) => status === 401 || status === 429)).toBe(true)
      expect((await signIn(name, password)).status).toBe(429)
    }
  })

  test('a disabled one is out at once', async () => {
    const token = rig.token('admin')
    await rig.ask('POST', '/api/users/', { token, body: { name: 'carla', password, role: 'viewer' } })
    const disabled = await rig.ask('POST', '/api/users/carla/disable/', { token, body: {} })
    expect(disabled.body).toMatchObject({ name: 'carla', disabled_at: expect.any(String) })
    expect((await rig.ask('POST', '/api/users/nobody/disable/', { token, body: {} })).status).toBe(404)
  })
})

describe('read-only mode', () => {
  let rig: AccessRig

  beforeAll(async () => {
    rig = await AccessRig.start('read_only: true\n')
  })
  afterAll(() => rig?.stop())

  test('refuses to everybody what changes something, and lets everything be seen', async () => {
    const { paths } = (await rig.ask('GET', '/api/openapi.json')).body
    let refused = 0
    for (const [path, methods] of Object.entries<Record<string, object>>(paths)) {
      if (path.startsWith('/api/session')) continue
      for (const method of Object.keys(methods).filter((each) => each !== 'get')) {
        const target = path.replace(/\{\w+\}/, '00000000-0000-4000-8000-000000000000')
        const answer = await rig.ask(method.toUpperCase(), target, { body: {} })
        expect({ target, answer }).toMatchObject({
          answer: { status: 403, body: { error: expect.stringMatching(/read-only/) } },
        })
        refused++
      }
    }
    expect(refused).toBeGreaterThan(10)
    expect((await rig.ask('GET', '/api/tasks/')).status).toBe(200)
    expect((await rig.ask('GET', '/api/session/')).body).toMatchObject({
      read_only: true,
      identity: { permissions: expect.not.arrayContaining(['tasks:stop']) },
    })
  })
})

describe('a limit of stops in a minute', () => {
  let rig: AccessRig

  beforeAll(async () => {
    rig = await AccessRig.start('access:\n  stops_per_minute: 3\n')
    await rig.makeToken('admin', 'admin')
    await rig.makeToken('script', 'operator')
  })
  afterAll(() => rig?.stop())

  test('holds back who runs wild, and nobody else', async () => {
    const stop = (name: string, n: number) =>
      rig.ask('POST', `/api/tasks/wild-${n}/stop/`, { token: rig.token(name), body: {} })
    const seen = await Promise.all([1, 2, 3, 4, 5].map((n) => stop('script', n)))
    expect(seen.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429])
    const refused = seen.find(({ status }) => status === 429)
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await stop('admin', 6)).status).toBe(200)
  })
})
