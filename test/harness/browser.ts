import { fileURLToPath } from 'node:url'
import axe, { type AxeResults, type RunOptions } from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { findChromium } from '../../scripts/services/chromium.mjs'

/** How a page is looked at. */
export interface Look {
  readonly theme: 'light' | 'dark'
  /** A desk's screen or a phone's. */
  readonly width: 1280 | 390
  readonly language?: string
}

const screenshots = fileURLToPath(new URL('../../screenshots/', import.meta.url))
const heights = { 1280: 800, 390: 844 }
/** WCAG 2.2, levels A and AA. */
const accessibility: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  // It is off unless named: axe's authors wait until WCAG 2.2 is required more widely.
  rules: { 'target-size': { enabled: true } },
  resultTypes: ['violations'],
}

const troubles = new WeakMap<Page, Set<string>>()

/** A headless Chromium with a profile of its own, which it deletes at the end. It ends when our process does. */
export class TestBrowser {
  private constructor(readonly browser: Browser) {}

  static async start(): Promise<TestBrowser> {
    const executablePath = findChromium()
    if (executablePath === undefined) {
      throw new Error('There is no Chromium to test with: run `npm test`, or set CRISPER_TEST_CHROMIUM.')
    }
    // Only pages of our own are opened, and root or a container often can't have the sandbox.
    return new TestBrowser(await chromium.launch({ executablePath, chromiumSandbox: false }))
  }

  /** Opens an address of Crisper's as a visitor who was never there, and notes all that goes wrong from then on. */
  async openPage(
    { url }: { readonly url: string },
    path: string,
    { theme, width, language = 'en-US' }: Look,
  ): Promise<Page> {
    const context = await this.browser.newContext({
      viewport: { width, height: heights[width] },
      isMobile: width === 390,
      hasTouch: width === 390,
      colorScheme: theme,
      locale: language,
      reducedMotion: 'reduce',
    })
    const noted = await noteTroubles(context, new URL(url).origin)
    const page = await context.newPage()
    troubles.set(page, noted)
    await page.goto(`${url}${path}`)
    return page
  }

  async close(): Promise<void> {
    await this.browser.close()
  }
}

/** Waits until a page shows a text. */
export async function expectText(page: Page, text: string): Promise<void> {
  await page.getByText(text).filter({ visible: true }).first().waitFor({ timeout: 10_000 })
}

/** What went wrong on a page since it was opened. */
export function troublesOf(page: Page): string[] {
  return [...(troubles.get(page) ?? [])]
}

/** The page has logged no error, thrown none, broken no security policy, and asked for nothing in vain or elsewhere. */
export function expectClean(page: Page): void {
  // Soft, here and below: a page shows all that is wrong with it at once.
  expect.soft(troublesOf(page), `${page.url()} should be clean`).toEqual([])
}

/** What is not accessible on a page as it stands: for each rule what to do, and the elements. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Not by a script element, which the page's security policy would refuse.
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(accessibility)})`)
  return violations.map(({ id, impact, help, nodes }) => {
    const remedies = [...new Set(nodes.map(({ failureSummary = '' }) => failureSummary))]
    const lines = remedies.flatMap((remedy) => {
      const elements = nodes.filter(({ failureSummary = '' }) => failureSummary === remedy)
      return [remedy, ...elements.map(({ html, target }) => `${html.slice(0, 200)} at ${target.join(' ')}`)]
    })
    return [`${id} (${impact}): ${help}`, ...lines].join('\n').replaceAll('\n', '\n  ')
  })
}

export async function expectAccessible(page: Page): Promise<void> {
  expect.soft(await accessibilityProblems(page), `${page.url()} should be accessible`).toEqual([])
}

/** Writes the whole page to `screenshots/<name>.png`, for people to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  // Without the caret hidden, since that is done with a style that a security policy may refuse.
  await page.screenshot({ path: `${screenshots}${name}.png`, fullPage: true, caret: 'initial' })
}

async function noteTroubles(context: BrowserContext, origin: string): Promise<Set<string>> {
  const noted = new Set<string>()
  context.on('console', (message) => {
    if (message.type() === 'error') noted.add(`console: ${message.text()} (${message.location().url})`)
  })
  context.on('weberror', (error) => noted.add(`thrown: ${error.error().stack ?? error.error().message}`))
  context.on('request', (request) => {
    const to = new URL(request.url())
    if (/^https?:$/.test(to.protocol) && to.origin !== origin) noted.add(`left the origin: ${request.url()}`)
  })
  context.on('page', (page) =>
    page.on('websocket', (socket) => {
      if (new URL(socket.url()).host !== new URL(origin).host) noted.add(`left the origin: ${socket.url()}`)
    }),
  )
  context.on('response', (response) => {
    if (response.status() >= 400) noted.add(`answered ${response.status()}: ${response.url()}`)
  })
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText
    // What the page itself gave up, as it does with a question whose answer nobody waits for any more.
    if (reason !== 'net::ERR_ABORTED') noted.add(`request failed: ${request.url()} (${reason})`)
  })
  await context.exposeBinding('noteViolation', (_source, violation: string) => {
    noted.add(`security policy: ${violation}`)
  })
  await context.addInitScript(`
    document.addEventListener('securitypolicyviolation', (event) => {
      noteViolation(event.effectiveDirective + ' refuses ' + event.blockedURI + ' at ' +
        event.sourceFile + ':' + event.lineNumber + ' ' + event.sample)
    })`)
  return noted
}
