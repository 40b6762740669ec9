import { describe, expect, test } from 'vitest'
import { expectAccessible, expectClean, expectText, type Look, screenshot } from '../harness/browser.js'
import { WithBrowser } from '../harness/with-browser.js'
import { WithCrisper } from '../harness/with-crisper.js'

const desk: Look = { theme: 'light', width: 1280 }
const phone: Look = { theme: 'dark', width: 390 }

// Nobody listens there.
const config = 'alerts: {channels: {chat: {kind: slack, url: "http://127.0.0.1:9/hidden"}}}'

describe('alerts in the web interface', () => {
  const here = new WithCrisper('redis', undefined, config)
  const browser = new WithBrowser()

  test('without a rule the page says what there could be', async () => {
    const page = await browser.openPage(here.crisper, '/tasks', desk)
    await page.getByText('No task matches.').waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('e')
    await page.waitForURL(/\/alerts$/)
    await expectText(page, 'There is no rule.')
    await expectText(page, 'Nothing alerts now.')
    await page.getByRole('button', { name: 'Test' }).click()
    await expectText(page, '127.0.0.1:9 could not be reached')
    expectClean(page)
    await expectAccessible(page)
    await page.context().close()
  })

  test.each([desk, phone])(
    'a rule is made, tried, muted, changed and deleted ($width wide)',
    async (look) => {
      const name = `Slow <b>imports</b> ${look.width}`
      const page = await browser.openPage(here.crisper, '/alerts', look)
      await page.getByRole('button', { name: 'New rule…' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Name', { exact: true }).fill(name)
      await dialog.getByLabel('Kind').selectOption('queue_age')
      await dialog.getByLabel('Longer than, seconds').fill('90')
      await dialog.getByLabel('Queue', { exact: true }).fill('imports')
      await screenshot(page, `alert-rule-${look.width}`)
      await expectAccessible(page)
      await dialog.getByRole('button', { name: 'Save' }).click()
      await expectText(page, 'a message waits for more than 90 s in imports')

      await page.getByRole('button', { name: 'Test' }).first().click()
      await expectText(page, 'It finds nothing now.')
      await expectText(page, 'chat: 127.0.0.1:9 could not be reached')
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'hidden' })

      await page.getByRole('button', { name: `More of ${name}` }).click()
      await page.getByRole('menuitem', { name: 'Mute for 8 hours' }).click()
      await expectText(page, 'Muted')
      await page.getByRole('button', { name: `More of ${name}` }).click()
      await page.getByRole('menuitem', { name: 'Edit…' }).click()
      await dialog.getByLabel('Longer than, seconds').fill('120')
      await dialog.getByRole('button', { name: 'Save' }).click()
      await expectText(page, 'a message waits for more than 120 s in imports')
      const [rule] = (await here.crisper.get('/api/alert-rules/')).body.rules
      expect(rule).toMatchObject({
        name,
        condition: { kind: 'queue_age', queue: 'imports', seconds: 120 },
        channels: ['chat'],
        fires_after: 60,
        muted_until: expect.any(String),
      })

      page.on('dialog', (asked) => void asked.accept())
      await page.getByRole('button', { name: `More of ${name}` }).click()
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      await expectText(page, 'There is no rule.')
      expectClean(page)
      await page.context().close()
    },
  )
})
