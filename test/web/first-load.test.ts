import type { Request } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { expectClean, expectText } from '../harness/browser.js'
import { WithBrowser } from '../harness/with-browser.js'
import { WithCrisper } from '../harness/with-crisper.js'

/** Compressed bytes of script that a first visit may cost. */
const most = 300_000

describe('the first load', () => {
  const here = new WithCrisper('redis')
  const browser = new WithBrowser()

  test.each(['/tasks', '/overview'])('%s loads less than 300 kB of compressed script', async (path) => {
    const page = await browser.openPage(here.crisper, '/settings', { theme: 'light', width: 1280 })
    await expectText(page, 'Task types')
    const scripts: Request[] = []
    page.on('requestfinished', (request) => {
      if (request.resourceType() === 'script') scripts.push(request)
    })
    const session = await page.context().newCDPSession(page)
    await session.send('Network.clearBrowserCache')
    await page.goto(`${here.crisper.url}${path}`)
    await expectText(page, path === '/tasks' ? 'No task matches.' : 'Workers online')
    const sizes = await Promise.all(scripts.map((request) => request.sizes()))
    const total = sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0)
    expect(sizes.length).toBeGreaterThan(2)
    expect(total).toBeGreaterThan(50_000)
    expect(total).toBeLessThan(most)
    expectClean(page)
    await page.context().close()
  })

  test('scripts come compressed and are kept for good, the page is not', async () => {
    const html = await (await fetch(`${here.crisper.url}/tasks`, { headers: { accept: 'text/html' } })).text()
    const [, script = ''] = /src="\.?([^"]+\.js)"/.exec(html) ?? []
    const response = await fetch(`${here.crisper.url}${script}`, { headers: { 'accept-encoding': 'br' } })
    expect(response.headers.get('content-encoding')).toBe('br')
    expect(response.headers.get('cache-control')).toContain('immutable')
    const page = await fetch(`${here.crisper.url}/tasks`, { headers: { accept: 'text/html' } })
    expect(page.headers.get('cache-control')).toBe('no-store')
  })
})
