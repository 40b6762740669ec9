import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectAccessible, expectClean, expectText, type Look, screenshot } from '../harness/browser.js'
import { WithBrowser } from '../harness/with-browser.js'
import { WithCrisper } from '../harness/with-crisper.js'

const desk: Look = { theme: 'light', width: 1280 }
const phone: Look = { theme: 'dark', width: 390 }

describe('somebody who opens Crisper for the first time', () => {
  const here = new WithCrisper('redis')
  const browser = new WithBrowser()

  beforeAll(async () => {
    const { cluster, crisper } = here
    await cluster.startWorker({ concurrency: 4 })
    // It can't sleep for a word.
    const failed = await cluster.send('import.process_import_template', { seconds: 'soon', company_id: 4 })
    const others = await cluster.send('import.process_import_template', { company_id: 5 })
    await crisper.untilState(failed, 'FAILURE')
    await crisper.untilState(others, 'SUCCESS')
  })

  test.each([desk, phone])(
    'finds the failing import of company 4, reads why, and stops the running one ($width wide)',
    async (look) => {
      const { cluster, crisper } = here
      const running = await cluster.send('import.process_import_template', { seconds: 600, company_id: 4 })
      await crisper.untilState(running, 'STARTED')
      const page = await browser.openPage(crisper, '/', look)

      await filterBy(page, 'company:4 state:failure')
      await expectText(page, 'Failure')
      expect(new URL(page.url()).searchParams.get('company_id')).toBe('4')
      await page.getByRole('link', { name: 'import.process_import_template' }).first().click()
      await expectText(page, 'Why it failed')
      await expectText(page, 'TypeError')

      await page.getByRole('link', { name: '← Tasks' }).click()
      await filterBy(page, 'company:4 state:started')
      await page.getByRole('link', { name: 'import.process_import_template' }).first().click()
      await page.getByRole('button', { name: 'Stop…' }).click()
      await expectText(page, 'It runs on')
      await page.getByRole('radio', { name: /^Hard/ }).check()
      await page.getByLabel('Reason').fill('the file was wrong')
      await screenshot(page, `stop-dialog-${look.theme}-${look.width}`)
      await expectAccessible(page)
      await page.getByRole('button', { name: 'Terminate now' }).click()
      await page.getByRole('dialog').getByText('Stopped').waitFor()
      await screenshot(page, `stopped-${look.theme}-${look.width}`)
      await page.getByRole('button', { name: 'Close', exact: true }).last().click()
      await expectText(page, 'Revoked')
      expect((await crisper.get(`/api/stops/?task_id=${running}`)).body).toMatchObject({
        stops: [{ status: 'stopped', mode: 'hard', reason: 'the file was wrong' }],
      })

      await page.goto(`${crisper.url}/overview`)
      await expectText(page, 'Most failing tasks')
      await page.getByRole('link', { name: 'import.process_import_template' }).first().click()
      await page.waitForURL(/\/tasks\?/)
      expectClean(page)
      await page.context().close()
    },
  )

  test('filters with suggestions, sorts, and keeps what is shown in the address', async () => {
    const page = await browser.openPage(here.crisper, '/tasks', desk)
    const bar = page.getByRole('searchbox')
    await bar.fill('state:fa')
    await page.getByRole('option', { name: 'state:failure' }).click()
    await page.waitForURL(/state=FAILURE/)
    await page.getByRole('button', { name: 'Task', exact: true }).click()
    await page.waitForURL(/order_by=-task_name/)
    await page.reload()
    await expect.poll(() => bar.inputValue()).toBe('state:failure')
    await page.getByRole('columnheader', { name: /^Task/, includeHidden: false }).first().waitFor()
    expectClean(page)
    await page.context().close()
  })

  test('stops what is ticked, and sees the batch through', async () => {
    const { cluster, crisper } = here
    await Promise.all(
      [1, 2].map(async () => {
        const id = await cluster.send('test.sleep', { seconds: 600, company_id: 9 })
        await crisper.untilState(id, 'STARTED')
      }),
    )
    const page = await browser.openPage(crisper, '/tasks?company_id=9', desk)
    await page.getByRole('checkbox', { name: 'Select test.sleep' }).first().click()
    await page.keyboard.down('Shift')
    await page.getByRole('checkbox', { name: 'Select test.sleep' }).last().click()
    await page.keyboard.up('Shift')
    await expectText(page, '2 selected')
    await page.getByRole('button', { name: 'Stop…' }).click()
    await expectText(page, '2 unfinished tasks will be stopped')
    await screenshot(page, 'bulk-stop')
    await expectAccessible(page)
    await page.getByRole('radio', { name: /^Hard/ }).check()
    await page.getByRole('button', { name: 'Terminate 2 now' }).click()
    await expectText(page, '2 tasks: done')
    expectClean(page)
    await page.context().close()
  })

  test('goes by keyboard', async () => {
    const page = await browser.openPage(here.crisper, '/tasks', desk)
    await page.getByRole('link', { name: 'import.process_import_template' }).first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await expectText(page, '1 selected')
    await page.keyboard.press('?')
    await expectText(page, 'Keyboard')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').getByRole('textbox').fill('stops')
    await screenshot(page, 'palette')
    await expectAccessible(page)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/stops$/)
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.waitForURL(/\/tasks/)
    await page.getByRole('link', { name: 'import.process_import_template' }).first().waitFor()
    await page.keyboard.press('j')
    // Not the s that stops the task.
    await page.keyboard.press('g')
    await page.keyboard.press('s')
    await page.waitForURL(/\/stops$/)
    expect(await page.getByRole('dialog').count()).toBe(0)
    expectClean(page)
    await page.context().close()
  })

  test('reads Portuguese where the browser does', async () => {
    const page = await browser.openPage(here.crisper, '/tasks', { ...desk, language: 'pt-BR' })
    await expectText(page, 'Configurações')
    await expectText(page, 'Sucesso')
    await page.context().close()
  })
})

async function filterBy(page: Page, text: string): Promise<void> {
  const bar = page.getByRole('searchbox')
  await bar.fill(text)
  await bar.press('Enter')
}
