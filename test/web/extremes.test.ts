import { describe, expect, test } from 'vitest'
import { expectAccessible, expectClean, expectText, type Look, screenshot } from '../harness/browser.js'
import { base, now, received, started } from '../harness/made-events.js'
import { WithBrowser } from '../harness/with-browser.js'
import { WithCrisper } from '../harness/with-crisper.js'

const desk: Look = { theme: 'light', width: 1280 }
const phone: Look = { theme: 'dark', width: 390 }
const looks = [desk, phone]

describe('what the pages show of very little and very much', () => {
  const here = new WithCrisper('redis')
  const browser = new WithBrowser()
  const id = '0c6e6e0e-0000-4000-8000-00000000e001'
  const name = `warehouse.${'very_'.repeat(17)}long_name`
  const traceback = [
    'Traceback (most recent call last):',
    ...Array.from(
      { length: 200 },
      (_, n) => `  File "/app/steps.py", line ${n}, in step\n    return step(n - ${n})`,
    ),
    'RecursionError: maximum recursion depth exceeded',
  ].join('\n')

  test.each(looks)('no task at all: it says how to get one ($width wide)', async (look) => {
    const page = await browser.openPage(here.crisper, '/tasks', look)
    await expectText(page, 'No task matches.')
    await screenshot(page, `no-tasks-${look.width}`)
    expectClean(page)
    await expectAccessible(page)
    await page.context().close()
  })

  test('the first task is announced, not pushed in', async () => {
    const page = await browser.openPage(here.crisper, '/tasks', desk)
    await expectText(page, 'No task matches.')
    await expectText(page, 'Live')
    await here.raw.publish(received('the-only-task'))
    await page.getByRole('button', { name: '1 new' }).click()
    await expectText(page, 'etl.process_etl_file')
    await here.raw.publish(started('the-only-task'))
    await expectText(page, 'Started')
    expectClean(page)
    await page.context().close()
  })

  test.each(looks)('a long name, 5 MB of arguments, a traceback of 400 lines ($width wide)', async (look) => {
    const at = now()
    const kwargs = `{'company_id': 4, 'rows': [${"'a row of the file', ".repeat(250_000)}]}`
    expect(kwargs.length).toBeGreaterThan(5_000_000)
    await here.raw.publish([
      { ...received(id, at), name, kwargs },
      started(id, at + 0.1),
      {
        ...base(id, at + 0.2),
        type: 'task-failed',
        exception: "RecursionError('maximum recursion depth exceeded')",
        traceback,
      },
    ])
    await here.crisper.untilState(id, 'FAILURE')
    const list = await browser.openPage(here.crisper, '/tasks', look)
    await expectText(list, name)
    await screenshot(list, `extreme-list-${look.width}`)
    expectClean(list)
    await list.context().close()

    const page = await browser.openPage(here.crisper, `/tasks/${id}`, look)
    await expectText(page, 'RecursionError: maximum recursion depth exceeded')
    await expectText(page, 'cut; it had')
    // Nothing makes the page itself wider than its window.
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    await screenshot(page, `extreme-task-${look.width}`)
    expectClean(page)
    await expectAccessible(page)
    await page.context().close()
  })

  test('a view that was saved is pinned, opens as it was, and can be deleted', async () => {
    const page = await browser.openPage(here.crisper, '/tasks?company_id=4', desk)
    await page.getByRole('button', { name: 'Save this view' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('Company 4')
    await page.getByRole('dialog').getByRole('button', { name: 'Save this view' }).click()
    const link = page.getByRole('navigation').getByRole('button', { name: 'Company 4', exact: true })
    await link.waitFor()
    await page.goto(`${here.crisper.url}/stops`)
    await link.click()
    await page.waitForURL(/\/tasks\?company_id=4/)
    page.on('dialog', (dialog) => void dialog.accept())
    await page.getByRole('button', { name: 'Delete Company 4' }).click()
    await link.waitFor({ state: 'detached' })
    expectClean(page)
    await page.context().close()
  })

  test('the server is gone: it says how old is what is shown, and goes on when it is back', async () => {
    const page = await browser.openPage(here.crisper, '/tasks', desk)
    await expectText(page, name)
    await page.context().setOffline(true)
    await expectText(page, 'Crisper does not answer')
    await screenshot(page, 'offline')
    await expectText(page, name)
    await page.context().setOffline(false)
    await page.getByText('Crisper does not answer').first().waitFor({ state: 'detached' })
    await page.context().close()
  })
})
