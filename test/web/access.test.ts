import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Roles } from '../../src/access/roles.js'
import { everything } from '../../src/access/scope.js'
import { TokenStore } from '../../src/access/tokens.js'
import { UserStore } from '../../src/access/users.js'
import { AccessRig } from '../access/access-rig.js'
import { type Company, makeTwoCompanies, typesOfCompanies } from '../access/two-companies.js'
import {
  expectAccessible,
  expectClean,
  expectText,
  type Look,
  screenshot,
  troublesOf,
} from '../harness/browser.js'
import { eventually } from '../harness/eventually.js'
import { WithBrowser } from '../harness/with-browser.js'
import { openAs, showToken } from './sign-in.js'

const look: Look = { theme: 'light', width: 1280 }
const browser = new WithBrowser()

const pagesOf = (page: Page) =>
  page.getByRole('navigation', { name: 'Pages' }).locator('a[href]:not([href*="api/docs"])').allInnerTexts()
const menu = (page: Page) => page.getByRole('button', { name: /^Signed in as/ })
const secretOn = async (page: Page) => (await page.getByText(/^crisper_\S+$/).textContent()) ?? ''
const stopButton = (page: Page) => page.getByRole('button', { name: 'Stop…' })

/** In the side bar, for whoever may see tasks and the fleet. */
const viewerPages = ['Tasks', 'Overview', 'Stops', 'Queues', 'Workers', 'Schedules', 'Alerts']

describe('who signed in', () => {
  let rig: AccessRig
  let mine: Company
  let theirs: Company
  const as = (name: string, path: string) => openAs(name, path, { rig, browser, look })

  beforeAll(async () => {
    rig = await AccessRig.start(`${typesOfCompanies}\naccess:\n  roles:\n    blind: ["tasks:read"]\n`)
    rig.rememberToken('admin', await makeFirstToken(rig))
    await rig.makeToken('viewer', 'viewer')
    await rig.makeToken('blind', 'blind')
    await rig.makeToken('support', 'operator', { companies: ['4'] })
    ;({ mine, theirs } = await makeTwoCompanies(rig))
  })
  afterAll(() => rig?.stop())

  /** As somebody does who begins: everybody on the machine may do all until then. */
  async function makeFirstToken({ crisper }: AccessRig): Promise<string> {
    const page = await browser.openPage(crisper, '/access', look)
    await expectText(page, 'There is no token yet.')
    expect(await menu(page).count()).toBe(0)
    await page.getByRole('button', { name: 'New token' }).click()
    await expectText(page, 'This one is yours: it is an administrator')
    await page.getByLabel('Name').fill('admin')
    await page.getByRole('button', { name: 'Create' }).click()
    const token = await secretOn(page)
    await page.getByRole('button', { name: 'Close' }).last().click()
    await page.getByRole('button', { name: 'Signed in as admin' }).waitFor()
    await expectText(page, 'by anonymous')
    expect(troublesOf(page)).toEqual([])
    await page.context().close()
    return token
  }

  test('signs in where they wanted to go, with a wrong token first', async () => {
    const path = `/tasks/${mine.taskIds[4]}`
    const page = await browser.openPage(rig.crisper, path, look)
    await showToken(page, 'crisper_000000000000_wrong')
    await expectText(page, 'The token is not valid here')
    await showToken(page, rig.token('viewer'))
    await expectText(page, 'quartz broke')
    expect(page.url()).toBe(rig.crisper.url + path)
    await page.context().close()
  })

  test('a viewer is offered nothing that stops, and no pages of administrators', async () => {
    const page = await as('viewer', `/tasks/${mine.taskIds[2]}`)
    await page.getByRole('button', { name: 'Watch' }).waitFor()
    expect(await stopButton(page).count()).toBe(0)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy as curl' }).click()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      `curl -H "Authorization: Bearer $CRISPER_TOKEN" '${rig.crisper.url}/api/tasks/${mine.taskIds[2]}/'`,
    )
    await page.keyboard.press('s')
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(await pagesOf(page)).toEqual([...viewerPages, 'Settings'])
    await page.keyboard.press('g')
    await page.keyboard.press('a')
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.waitForURL(/\/tasks$/)
    await expectText(page, 'quartz.load')
    expect(await page.getByRole('checkbox').count()).toBe(0)
    await page.getByRole('button', { name: 'Save this view' }).waitFor()
    await page.goto(`${rig.crisper.url}/stops`)
    await expectText(page, 'Reason: quartz')
    expect(await page.getByRole('button', { name: 'Take back' }).count()).toBe(0)
    for (const path of ['/access', '/audit']) {
      await page.goto(rig.crisper.url + path)
      await expectText(page, 'Your role may not see this page.')
    }
    expectClean(page)
    await page.context().close()
  })

  test('who may not see payloads sees locks', async () => {
    const page = await as('blind', '/tasks?columns=state,task,error&state=FAILURE')
    const words = 'Your role may not see arguments, results and errors.'
    await page.getByRole('img', { name: words }).first().waitFor()
    expect(await page.getByRole('button', { name: 'Save this view' }).count()).toBe(0)
    await page.goto(`${rig.crisper.url}/tasks/${mine.taskIds[4]}`)
    await expectText(page, words)
    expect(await page.getByText('Why it failed').count()).toBe(0)
    expect(await page.content()).not.toContain('quartz broke')
    expectClean(page)
    await page.context().close()
  })

  test('an operator of a company sees only theirs, and no workers and queues', async () => {
    const page = await as('support', '/tasks')
    await expectText(page, `All ${mine.taskIds.length} are shown.`)
    expect(await page.content()).not.toContain('jasper')
    expect(await pagesOf(page)).toEqual(['Tasks', 'Overview', 'Stops', 'Settings'])
    await menu(page).click()
    await expectText(page, 'Companies: 4')
    await expectText(page, 'by a token')
    await page.goto(`${rig.crisper.url}/overview`)
    await expectText(page, 'quartz.load')
    expect(await page.getByText('Workers online').count()).toBe(0)
    await page.goto(`${rig.crisper.url}/workers`)
    await expectText(page, 'Your role may not see this page.')
    await page.goto(`${rig.crisper.url}/tasks/${mine.taskIds[2]}`)
    await stopButton(page).waitFor()
    expectClean(page)
    await page.goto(`${rig.crisper.url}/tasks/${theirs.taskIds[2]}`)
    await expectText(page, 'No such task')
    await page.context().close()
  })

  test('an administrator makes a token, sees it once, revokes it, and finds it in the audit', async () => {
    const page = await as('admin', '/access')
    await page.getByRole('button', { name: 'New token' }).click()
    await page.getByLabel('Name').fill('ci')
    await page.getByLabel('Role').selectOption('operator')
    await page.getByRole('combobox', { name: 'Companies' }).fill('4')
    await page.keyboard.press('Enter')
    await page.getByLabel('Expires').selectOption('30')
    await page.getByRole('button', { name: 'Create' }).click()
    const secret = await secretOn(page)
    expect((await rig.ask('GET', '/api/session/', { token: secret })).body.identity).toMatchObject({
      name: 'token:ci',
      role: 'operator',
      scope: { companies: ['4'], tenants: null },
    })
    await page.getByRole('button', { name: 'Close' }).last().click()
    await expectText(page, 'Companies: 4')
    expect(await page.content()).not.toContain(secret)

    page.on('dialog', (dialog) => void dialog.accept())
    const row = page.getByRole('row').filter({ hasText: 'ci' }).first()
    await row.getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('1 revoked or expired').click()
    expect((await rig.ask('GET', '/api/tasks/', { token: secret })).status).toBe(401)

    await page.goto(`${rig.crisper.url}/audit`)
    await page.getByLabel('What', { exact: true }).selectOption('token.')
    await page.waitForURL(/\/audit\?action=token\.$/)
    await expectText(page, 'Revoke a token')
    await expectText(page, 'Make a token')
    expect(await page.getByText('task.stop').count()).toBe(0)
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Export as CSV' }).click()
    const csv = readFileSync(await (await download).path(), 'utf8')
    expect(csv).toContain('token.revoke')
    expect(csv).not.toContain('task.stop')
    await page.getByRole('link', { name: 'token:admin' }).first().click()
    await page.waitForURL(/who=token%3Aadmin/)
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await page
      .getByRole('link', { name: mine.taskIds[0] ?? '' })
      .first()
      .click()
    await page.waitForURL(/\/tasks\/quartz-0/)
    expectClean(page)
    await page.context().close()
  })

  test('signs out, and then nothing is shown any more', async () => {
    const page = await as('viewer', '/tasks')
    await expectText(page, 'quartz.load')
    await menu(page).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(/\/sign-in$/)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await page.content()).not.toContain('quartz')
    await page.goto(`${rig.crisper.url}/sign-in?failed=oidc`)
    await expectText(page, 'The provider did not let you in')
    await showToken(page, rig.token('viewer'))
    await page.waitForURL(/\/tasks$/)
    await page.context().close()
  })

  test('whose token is revoked is asked to sign in, instead of shown errors', async () => {
    const token = await rig.makeToken('leaving', 'viewer')
    const page = await as('leaving', '/tasks')
    await expectText(page, 'quartz.load')
    await rig.ask('POST', '/api/tokens/leaving/revoke/', { token: rig.token('admin') })
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await page.getByText('quartz.load').count()).toBe(0)
    await showToken(page, token)
    await expectText(page, 'The token is not valid here')
    await page.context().close()
  })

  test('who guesses passwords is told when to try again', async () => {
    const body = { name: 'ana', password: 'a long enough password', role: 'viewer' }
    await rig.ask('POST', '/api/users/', { token: rig.token('admin'), body })
    const page = await browser.openPage(rig.crisper, '/settings', look)
    const guess = async (password: string) => {
      await page.getByLabel('User').fill('ana')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    }
    await guess('wrong')
    await expectText(page, 'No user of that name with that password.')
    for (let n = 0; n < 12; n += 1) {
      await rig.ask('POST', '/api/session/', { body: { user: 'ana', password: `guess ${n}` } })
    }
    await guess(body.password)
    await expectText(page, 'Too many attempts. Try again in')
    await page.context().close()
  })
})

describe('in read-only mode', () => {
  let rig: AccessRig
  beforeAll(async () => {
    rig = await AccessRig.start('read_only: true')
  })
  afterAll(() => rig?.stop())

  test('it says so, and offers nothing that changes anything', async () => {
    const page = await browser.openPage(rig.crisper, '/tasks', look)
    await expectText(page, 'Read-only')
    await expectText(page, 'No task matches.')
    expect(await page.getByRole('button', { name: 'Save this view' }).count()).toBe(0)
    expect(await menu(page).count()).toBe(0)
    expect(await pagesOf(page)).toEqual([...viewerPages, 'Access', 'Audit', 'Settings'])
    expectClean(page)
    await page.context().close()
  })

  test('tokens and users are shown, without what changes them', async () => {
    const roles = new Roles({})
    const made = await new TokenStore(rig.database.db, roles).create({
      name: 'deploy',
      role: 'admin',
      scope: everything,
      expiresAt: null,
      by: 'test',
    })
    rig.rememberToken('deploy', made.secret)
    // It was made behind Crisper's back, which looks for the first one once a second.
    await eventually(
      'everybody to have to sign in',
      () => rig.crisper.get('/api/tasks/'),
      ({ status }) => status === 401,
    )
    const users = new UserStore(rig.database.db, roles)
    await users.create('carla@example.com', 'a long enough password', 'viewer', everything)
    const page = await openAs('deploy', '/access', { rig, browser, look })
    await expectText(page, 'carla@example.com')
    await expectText(page, 'Created')
    for (const name of ['New token', 'New user', 'Revoke', 'Disable'])
      expect(await page.getByRole('button', { name }).count()).toBe(0)
    await screenshot(page, 'access-read-only-1280')
    expectClean(page)
    await expectAccessible(page)
    await page.context().close()
  })
})
