import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accessibilityProblems, troublesOf } from '../harness/browser.js'
import { eventually } from '../harness/eventually.js'
import { WithBrowser } from '../harness/with-browser.js'

const badPage = `<!doctype html>
<html lang="en"><head><title>Bad</title></head><body style="background: white">
<img src="/missing.png">
<p style="color: #eee">pale</p>
<button style="width: 9px; height: 9px; padding: 0">x</button><button style="width: 9px; height: 9px; padding: 0">y</button>
<script>document.title = 'inline scripts are refused'</script>
<script src="/bad.js"></script>
</body></html>`

const badScript = `
console.error('logged')
fetch('http://127.0.0.1:1/elsewhere').catch(() => {})
throw new Error('thrown here')`

const browser = new WithBrowser()
let server: Server
let url: string

beforeAll(async () => {
  server = createServer(({ url: path }, answer) => {
    if (path === '/good')
      answer.setHeader('content-type', 'text/html').end('<!doctype html><html lang="en"><title>Good</title>')
    else if (path === '/bad')
      answer
        .setHeader('content-type', 'text/html')
        .setHeader('content-security-policy', "script-src 'self'; style-src 'unsafe-inline'")
        .end(badPage)
    else if (path === '/bad.js') answer.setHeader('content-type', 'text/javascript').end(badScript)
    else answer.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

test('notes everything that goes wrong on a page', async () => {
  const page = await browser.openPage({ url }, '/bad', { theme: 'light', width: 1280 })

  await eventually(
    'all troubles noted',
    async () => troublesOf(page).join('\n'),
    (noted) =>
      [
        /^console: logged/m,
        /^thrown: Error: thrown here/m,
        /^security policy: script-src-elem refuses inline/m,
        /^left the origin: .*elsewhere/m,
        /^request failed: .*elsewhere/m,
        /^answered 404: .*missing\.png/m,
      ].every((expected) => expected.test(noted)),
  )
})

test('finds what is not accessible, and says where', async () => {
  const page = await browser.openPage({ url }, '/bad', { theme: 'light', width: 390 })

  const problems = await accessibilityProblems(page)

  const rules = problems.map((problem) => problem.replace(/ .*/s, ''))
  expect(new Set(rules)).toEqual(new Set(['image-alt', 'color-contrast', 'target-size']))
  expect(problems.join('\n')).toContain('<p style="color: #eee">pale</p>')
})

test('finds nothing on a good page', async () => {
  const page = await browser.openPage({ url }, '/good', { theme: 'dark', width: 390, language: 'pt-BR' })

  expect(
    await page.evaluate('[navigator.language, matchMedia("(prefers-color-scheme: dark)").matches]'),
  ).toEqual(['pt-BR', true])
  expect(troublesOf(page).filter((trouble) => !trouble.includes('favicon.ico'))).toEqual([])
  expect(await accessibilityProblems(page)).toEqual([])
})
