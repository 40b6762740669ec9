import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/services/free-port.mjs'
import { WithBrowser } from '../harness/with-browser.js'
import { AccessRig } from './access-rig.js'
import { startProvider, type TestProvider } from './oidc-provider.js'

const people = {
  ana: { email: 'ana@example.com', email_verified: true, groups: ['support'], companies: [4] },
  eve: { email: 'eve@example.com.evil.com', email_verified: true, groups: ['support'] },
  ben: { email: 'ben@example.com', email_verified: false, groups: ['support'] },
  dora: { email: 'dora@example.com', email_verified: true, groups: ['visitors'] },
}

describe('sign-in at an OpenID Connect provider', () => {
  const browser = new WithBrowser()
  let rig: AccessRig
  let provider: TestProvider

  beforeAll(async () => {
    const [crisperPort, providerPort] = [await freePort(), await freePort()]
    const publicUrl = `http://127.0.0.1:${crisperPort}`
    provider = await startProvider(providerPort, `${publicUrl}/api/session/oidc/callback/`, people)
    rig = await AccessRig.start(
      `access:
  oidc:
    issuer: ${provider.issuer}
    client_id: crisper
    client_secret: told to crisper
    public_url: ${publicUrl}
    allowed_emails: ['*@example.com']
    claims: { user: email, role: groups, companies: companies, roles: { support: operator } }
`,
      ['--port', String(crisperPort)],
    )
  })
  afterAll(async () => {
    await rig?.stop()
    await provider?.stop()
  })

  const open = (path: string) => browser.openPage(rig.crisper, path, { theme: 'light', width: 1280 })

  /** Types a name at the provider and agrees to what Crisper may know. */
  async function signIn(page: Page, name: string): Promise<void> {
    await page.fill('input[name=login]', name)
    await page.fill('input[name=password]', 'any')
    await page.click('button[type=submit]')
    await page.click('button[type=submit]')
    await page.waitForURL(`${rig.crisper.url}/**`)
  }

  const session = async (page: Page) =>
    (await (await page.context().request.get(`${rig.crisper.url}/api/session/`)).json()).identity

  test('leads to the provider and back to where one wanted to be', async () => {
    const page = await open('/api/session/oidc/?to=/settings')
    await signIn(page, 'ana')
    expect(new URL(page.url()).pathname).toBe('/settings')
    expect(await session(page)).toMatchObject({
      kind: 'oidc',
      name: 'oidc:ana@example.com',
      role: 'operator',
      scope: { companies: ['4'] },
    })
    expect(await page.evaluate('document.cookie')).toBe('')
    await page.context().close()
  })

  test.each(['eve', 'ben', 'dora'])('%s is not let in', async (name) => {
    const page = await open('/api/session/oidc/')
    await signIn(page, name)
    expect(page.url()).toBe(`${rig.crisper.url}/sign-in?failed=oidc`)
    expect(await session(page)).toBeNull()
    await page.context().close()
  })

  test('an answer that nobody waits for signs nobody in', async () => {
    const forged = '/api/session/oidc/callback/?code=stolen&state=guessed'
    const answer = await rig.ask('GET', forged)
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toBe('/sign-in?failed=oidc')
    expect(answer.headers.get('set-cookie')).not.toContain('crisper_session')

    const begun = await rig.ask('GET', '/api/session/oidc/')
    const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''
    const other = await rig.ask('GET', forged, { headers: { cookie } })
    expect(other.headers.get('location')).toBe('/sign-in?failed=oidc')
  })

  test.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])(
    'to=%s does not lead away',
    async (to) => {
      const begun = await rig.ask('GET', `/api/session/oidc/?to=${encodeURIComponent(to)}`)
      const cookie = begun.headers.get('set-cookie')?.split(';')[0]?.split('=')[1] ?? ''
      expect(JSON.parse(Buffer.from(cookie, 'base64url').toString())).toMatchObject({ to: '/' })
    },
  )

  test('a provider that is away is said to be', async () => {
    await provider.stop()
    // What was discovered stays; the exchange of the code is what fails.
    const begun = await rig.ask('GET', '/api/session/oidc/')
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state')
    const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''
    const answer = await rig.ask('GET', `/api/session/oidc/callback/?code=x&state=${state}`, {
      headers: { cookie },
    })
    expect([302, 503]).toContain(answer.status)
    expect(answer.headers.get('set-cookie') ?? '').not.toContain('crisper_session')
  })
})
