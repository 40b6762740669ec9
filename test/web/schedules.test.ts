import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runToEnd } from '../../scripts/services/process.mjs'
import { expectAccessible, expectClean, expectText, type Look, screenshot } from '../harness/browser.js'
import { hasDjangoBeat, newestCelery } from '../harness/celery-versions.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { type ResultStore, startStore } from '../harness/result-stores.js'
import { WithBrowser } from '../harness/with-browser.js'
import { WithCrisper } from '../harness/with-crisper.js'

const desk: Look = { theme: 'light', width: 1280 }
const phone: Look = { theme: 'dark', width: 390 }
const browser = new WithBrowser()

describe('a schedule in the settings of workers', () => {
  const here = new WithCrisper('redis')

  test('before anything is known the page says what to do', async () => {
    const page = await browser.openPage(here.crisper, '/tasks', desk)
    await expectText(page, 'No task matches.')
    await page.keyboard.press('g')
    await page.keyboard.press('b')
    await page.waitForURL(/\/schedules$/)
    await expectText(page, 'No schedule is known yet.')
    await expectText(page, '--result-database')
    expectClean(page)
    await page.context().close()
  })

  test('an entry leads to its last run and to all runs of its task', async () => {
    const env = { CELERY_TEST_SCHEDULE: '1' }
    await here.cluster.startWorker({ env })
    await here.cluster.startBeat({ env })
    const page = await browser.openPage(here.crisper, '/schedules', desk)
    await page.getByLabel('Name or task').fill('every')
    await page.waitForURL(/\?search=every$/)
    await page.getByText('new year').first().waitFor({ state: 'detached' })
    await page.getByRole('link', { name: /ago|now/ }).click()
    await expectText(page, 'test.add')
    expect(page.url()).toMatch(/\/tasks\/[0-9a-f-]{36}$/)
    await page.goBack()
    await page.getByRole('link', { name: 'test.add' }).click()
    await page.waitForURL(/\/tasks\?task_name=test\.add$/)
    expectClean(page)
    await page.context().close()
  })
})

const isThere = hasDjangoBeat(newestCelery())

describe.skipIf(!isThere)(
  `a schedule of django-celery-beat${isThere ? '' : ' (left out: it is not installed)'}`,
  () => {
    let store: ResultStore
    let cluster: Cluster
    let crisper: TestCrisper

    beforeAll(async () => {
      const celery = newestCelery()
      const script = fileURLToPath(new URL('../celery/app/make_schedule.py', import.meta.url))
      const appDir = fileURLToPath(new URL('../harness/app/', import.meta.url))
      store = await startStore('Django on PostgreSQL', celery)
      const { ok, output } = await runToEnd(celery.python, [script], {
        env: { ...process.env, PYTHONPATH: appDir, PYTHONDONTWRITEBYTECODE: '1', ...store.env },
      })
      if (!ok) throw new Error(output)
      cluster = await Cluster.start('redis', celery, store)
      crisper = await TestCrisper.start(cluster.crisperFlags)
    })
    afterAll(async () => {
      await crisper?.end()
      await cluster?.stop()
      await store?.stop()
    })

    test('what was missed stands first, and by itself where only problems are asked for', async () => {
      const page = await browser.openPage(crisper, '/schedules', desk)
      await expectText(page, 'at sunset')
      await expectText(page, 'Missed')
      await screenshot(page, 'schedules-django-1280')
      await expectAccessible(page)
      await page.getByRole('button', { name: /With a problem/ }).click()
      await page.waitForURL(/\?problem=true$/)
      await page.getByText('at sunset').first().waitFor({ state: 'detached' })
      await expectText(page, '3 at most since')
      expectClean(page)
      await page.context().close()
    })

    test('on a phone, in Portuguese', async () => {
      const page = await browser.openPage(crisper, '/schedules', { ...phone, language: 'pt-BR' })
      await expectText(page, 'Faltou')
      await expectText(page, 'ao pôr do sol')
      await expectText(page, 'Às 04:00')
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
      await screenshot(page, 'schedules-django-390')
      await expectAccessible(page)
      expectClean(page)
      await page.context().close()
    })
  },
)
