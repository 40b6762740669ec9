import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { expectAccessible, expectClean, expectText, type Look, screenshot } from '../harness/browser.js'
import { WithBrowser } from '../harness/with-browser.js'
import { WithCrisper } from '../harness/with-crisper.js'

const desk: Look = { theme: 'light', width: 1280 }
const phone: Look = { theme: 'dark', width: 390 }
const here = new WithCrisper('redis')
const browser = new WithBrowser()
const longName = `region.${'very_'.repeat(15)}long`

test('without any queue it says where they come from', async () => {
  const page = await browser.openPage(here.crisper, '/queues', desk)
  await expectText(page, 'No queue is known yet.')
  await screenshot(page, 'no-queues-1280')
  expectClean(page)
  await expectAccessible(page)
  await page.context().close()
})

test('g q goes there, it changes by itself, and a number leads to its tasks', async () => {
  const page = await browser.openPage(here.crisper, '/tasks', desk)
  await page.getByRole('heading', { level: 1 }).or(page.getByText('No task matches.')).first().waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('q')
  await page.waitForURL(/\/queues$/)

  for (let n = 0; n < 2; n += 1) await here.cluster.send('test.add', { x: 1, y: n }, { queue: 'imports' })

  await page.getByRole('link', { name: '2 waiting in imports' }).click()
  await page.waitForURL(/\/tasks\?queue=imports&state=PENDING%2CSENT$/)
  await expectText(page, 'test.add')
  expectClean(page)
  await page.context().close()
})

test.each([desk, phone])('what waits is looked at, purged and exported ($width wide)', async (look) => {
  const queue = `purged-${look.width}`
  const ids = await here.cluster.publisher.sendMany(3, {
    task: 'etl.process_etl_file',
    kwargs: { company_id: 4, path: `s3://imports/${'a/'.repeat(30)}file.csv` },
    options: { queue, expires: 3600 },
  })
  await here.crisper.untilState(ids[2] ?? '', 'SENT')
  const page = await browser.openPage(here.crisper, `/queues/${queue}`, look)

  await page.getByRole('button', { name: 'Look' }).click()
  await expectText(page, 'etl.process_etl_file')
  await screenshot(page, `queue-messages-${look.width}`)
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Purge…' }).click()
  await expectText(page, '3 messages will be deleted.')
  const doIt = page.getByRole('button', { name: 'Delete 3 messages' })
  expect(await doIt.isDisabled()).toBe(true)
  await page.getByLabel(`Type ${queue} to confirm`).fill(queue)
  await page.getByLabel('Reason').fill('wrong file')
  await screenshot(page, `queue-purge-${look.width}`)
  await expectAccessible(page)
  await doIt.click()
  await expectText(page, '3 deleted.')
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Export' }).last().click()
  expect((await download).suggestedFilename()).toMatch(/^purge-.*\.jsonl$/)
  await page.getByRole('button', { name: 'Close' }).last().click()
  await expectText(page, '3 of 3 deleted by')
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  expectClean(page)
  await page.context().close()
})

test.each([desk, phone])(
  'a queue that is broken, one with a long name, in Portuguese ($width wide)',
  async (look) => {
    const redis = new Redis(here.cluster.brokerUrl)
    if (look === desk) await here.cluster.send('test.add', { x: 1, y: 2 }, { queue: 'broken' })
    await redis.del('broken')
    await redis.set('broken', 'something else')
    await redis.quit()
    await here.cluster.send('test.add', { x: 1, y: 2 }, { queue: longName })

    const page = await browser.openPage(here.crisper, '/queues', { ...look, language: 'pt-BR' })

    await expectText(page, 'Redis has no list under the key broken')
    await expectText(page, longName)
    await expectText(page, 'Ninguém a consome')
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    await screenshot(page, `queues-extreme-${look.width}`)
    expectClean(page)
    await expectAccessible(page)
    await page.context().close()
  },
)

test('while the broker is away it says so, and goes on when it is back', async () => {
  const page = await browser.openPage(here.crisper, '/queues', desk)
  await page.getByRole('heading', { name: 'Queues' }).waitFor()
  await here.cluster.broker.kill()
  await page.getByRole('alert').waitFor()
  await expectText(page, "Can't use Redis")
  await screenshot(page, 'queues-away-1280')
  await here.cluster.broker.restart()
  await page.getByRole('alert').waitFor({ state: 'detached', timeout: 30_000 })
  await page.context().close()
})
