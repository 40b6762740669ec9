import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AccessRig } from '../access/access-rig.js'
import { makeTwoCompanies, typesOfCompanies } from '../access/two-companies.js'
import { expectAccessible, expectClean, expectText, type Look, screenshot } from '../harness/browser.js'
import { WithBrowser } from '../harness/with-browser.js'
import { openAs } from './sign-in.js'

const looks = (['light', 'dark'] as const).flatMap((theme) =>
  ([1280, 390] as const).map((width): Look => ({ theme, width })),
)

describe('pages about access in every look', () => {
  const browser = new WithBrowser()
  let rig: AccessRig
  let failed: string

  beforeAll(async () => {
    rig = await AccessRig.start(`${typesOfCompanies}\naccess:\n  roles:\n    blind: ["tasks:read"]\n`)
    await rig.makeToken('admin', 'admin')
    await rig.makeToken('blind', 'blind')
    await rig.makeToken('deploy-of-the-second-region', 'operator', {
      companies: ['4', '7'],
      queues: ['imports'],
    })
    await rig.makeToken('old', 'viewer')
    const admin = { token: rig.token('admin') }
    const password = 'a long enough password'
    await rig.ask('POST', '/api/users/', {
      ...admin,
      body: { name: 'ana@example.com', password, role: 'operator', scope: { tenants: ['acme'] } },
    })
    failed = (await makeTwoCompanies(rig)).mine.taskIds[4] ?? ''
    await rig.ask('POST', '/api/tokens/old/revoke/', admin)
    await rig.ask('POST', `/api/tasks/${failed}/stop/`, {
      token: rig.token('blind'),
      body: { reason: 'mine' },
    })
    await rig.ask('POST', '/api/session/', { body: { user: 'eve', password } })
  })
  afterAll(() => rig?.stop())

  const look = async (page: Page, name: string, { theme, width }: Look, shows: readonly string[]) => {
    try {
      for (const text of shows) await expectText(page, text)
      expect.soft(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    } finally {
      await screenshot(page, `${name}-${theme}-${width}`)
    }
    expectClean(page)
    await expectAccessible(page)
  }

  test.each(looks)('signing in ($theme, $width wide)', async (as) => {
    const page = await browser.openPage(rig.crisper, '/sign-in?failed=oidc', as)
    await look(page, 'sign-in', as, ['Sign in with the token', 'The provider did not let you in', 'Password'])
    await page.context().close()
  })

  test.each(looks)('who may come in ($theme, $width wide)', async (as) => {
    const page = await openAs('admin', '/access', { rig, browser, look: as })
    await expectText(page, '1 revoked or expired')
    await page.getByText('1 revoked or expired').click()
    await look(page, 'access', as, ['deploy-of-the-second-region', 'Companies: 4, 7', 'ana@example.com'])
    await page.getByRole('button', { name: 'New token' }).click()
    await page.getByLabel('Name').fill(`made-${as.theme}-${as.width}`)
    await page.getByRole('combobox', { name: 'Companies' }).fill('4')
    await page.keyboard.press('Enter')
    await look(page, 'access-new', as, ['Task types'])
    await page.getByRole('button', { name: 'Create' }).click()
    await look(page, 'access-made', as, ['It is shown only now.'])
    await page.context().close()
  })

  test.each(looks)('who did what ($theme, $width wide)', async (as) => {
    const page = await openAs('admin', '/audit', { rig, browser, look: as })
    await expectText(page, 'Stop a task')
    await page.locator('summary').filter({ visible: true }).first().click()
    await look(page, 'audit', as, ['Make a user', 'task.stop_many', 'Not allowed', 'Not known'])
    await page.context().close()
  })

  test.each(looks)('what is hidden, and who one is ($theme, $width wide)', async (as) => {
    const page = await openAs('blind', `/tasks/${failed}`, { rig, browser, look: as })
    await expectText(page, 'Your role may not see arguments, results and errors.')
    await page.getByRole('button', { name: 'Signed in as blind' }).click()
    await look(page, 'hidden', as, ['All tasks', 'Sign out'])
    await page.context().close()
  })

  test('in Portuguese', async () => {
    const as: Look = { theme: 'dark', width: 390, language: 'pt-BR' }
    const page = await browser.openPage(rig.crisper, '/sign-in', as)
    await look(page, 'sign-in-pt', as, ['Entrar com o token', 'crisper token create cria um.'])
    await page.getByLabel('Token', { exact: true }).fill(rig.token('admin'))
    await page.getByRole('button', { name: 'Entrar com o token' }).click()
    await page.waitForURL(/\/tasks$/)
    await page.goto(`${rig.crisper.url}/audit`)
    await look(page, 'audit-pt', as, ['Criar um usuário', 'Não permitido'])
    await page.goto(`${rig.crisper.url}/access`)
    await look(page, 'access-pt', as, ['Empresas: 4, 7'])
    await page.context().close()
  })
})

describe('with a provider of OpenID Connect', () => {
  const browser = new WithBrowser()
  let rig: AccessRig
  beforeAll(async () => {
    rig = await AccessRig.start(`
access:
  oidc:
    issuer: https://login.example.com
    client_id: crisper
    public_url: https://crisper.example.com
    claims: { default_role: viewer }
`)
  })
  afterAll(() => rig?.stop())

  test.each(looks)('it leads there, and back to where one wanted to be ($theme, $width wide)', async (as) => {
    const page = await browser.openPage(rig.crisper, '/overview?state=FAILURE', as)
    const link = page.getByRole('link', { name: 'Sign in with OpenID Connect' })
    expect(await link.getAttribute('href')).toBe(
      `${rig.crisper.url}/api/session/oidc/?to=%2Foverview%3Fstate%3DFAILURE`,
    )
    expect(await page.getByLabel('Password').count()).toBe(0)
    await screenshot(page, `sign-in-oidc-${as.theme}-${as.width}`)
    expectClean(page)
    await expectAccessible(page)
    await page.context().close()
  })
})
