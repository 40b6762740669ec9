import type { Page } from 'playwright-core'
import type { AccessRig } from '../access/access-rig.js'
import type { Look } from '../harness/browser.js'
import type { WithBrowser } from '../harness/with-browser.js'

/** Types a token into the page to sign in, whatever comes of it. */
export async function showToken(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token', { exact: true }).fill(token)
  await page.getByRole('button', { name: 'Sign in with the token' }).click()
}

/** Opens a page as whoever has a token, in a browser of their own. */
export async function openAs(
  name: string,
  path: string,
  { rig, browser, look }: { readonly rig: AccessRig; readonly browser: WithBrowser; readonly look: Look },
): Promise<Page> {
  // There nothing is asked for before somebody is signed in, and so nothing refused.
  const page = await browser.openPage(rig.crisper, '/sign-in', { ...look, language: 'en-US' })
  await showToken(page, rig.token(name))
  await page.waitForURL(/\/tasks$/)
  await page.getByRole('button', { name: `Signed in as ${name}` }).waitFor()
  await page.goto(`${rig.crisper.url}${path}`)
  return page
}
