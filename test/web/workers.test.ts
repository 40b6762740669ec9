import { beforeAll, expect, test } from 'vitest'
import { expectAccessible, expectClean, expectText, type Look, screenshot } from '../harness/browser.js'
import { eventually } from '../harness/eventually.js'
import { now } from '../harness/made-events.js'
import { WithBrowser } from '../harness/with-browser.js'
import { WithCrisper } from '../harness/with-crisper.js'

const desk: Look = { theme: 'light', width: 1280 }
const phone: Look = { theme: 'dark', width: 390 }
const here = new WithCrisper('redis')
const browser = new WithBrowser()

beforeAll(async () => {
  await Promise.all([
    here.cluster.startWorker({ name: 'one' }),
    here.cluster.startWorker({ name: 'two', pool: 'threads', queues: ['imports'] }),
  ])
})

test('a worker is found, commanded, and its reply is shown', async () => {
  const page = await browser.openPage(here.crisper, '/workers', desk)
  await expectText(page, 'two@localhost')
  await page.getByLabel('Name, queue or version').fill('one')
  await page.waitForURL(/\/workers\?search=one$/)
  await page.getByText('two@localhost').first().waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'one@localhost', exact: true }).click()
  await expectText(page, 'Still consuming')

  await page.getByRole('button', { name: 'Command…' }).click()
  await page.getByLabel('Command', { exact: true }).selectOption('pool_grow')
  await page.getByLabel('How many').fill('2')
  await screenshot(page, 'worker-command-1280')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Grow the pool' }).click()

  await expectText(page, 'Its pool grows by 2.')
  await expectText(page, 'pool will grow')
  await screenshot(page, 'worker-reply-1280')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Close' }).last().click()
  await expectText(page, '4, started with 2')
  expectClean(page)
  await page.context().close()
})

test('what a pool can not do is told before', async () => {
  const page = await browser.openPage(here.crisper, '/workers/two@localhost', desk)
  await page.getByRole('button', { name: 'Command…' }).click()
  await page.getByLabel('Command', { exact: true }).selectOption('pool_grow')
  await expectText(page, 'Its pool can neither grow nor shrink: it runs on threads or solo.')
  expect(await page.getByRole('button', { name: 'Grow the pool' }).isDisabled()).toBe(true)
  expectClean(page)
  await page.context().close()
})

test('several are commanded at once', async () => {
  const page = await browser.openPage(here.crisper, '/workers', desk)
  await page.getByLabel('Select all that are loaded').check()
  await page.getByRole('button', { name: 'Command for 2…' }).click()
  await page.getByRole('button', { name: 'Ping' }).click()
  await expectText(page, '2 done, 0 refused, 0 without an answer')
  expectClean(page)
  await page.context().close()
})

test('a shutdown wants the name typed; afterwards the worker has stopped (phone, Portuguese)', async () => {
  const look = { ...phone, language: 'pt-BR' }
  const page = await browser.openPage(here.crisper, '/workers/two@localhost', look)
  await page.getByRole('button', { name: 'Desligar…' }).click()
  const shutDown = page.getByRole('button', { name: 'Desligar', exact: true })
  expect(await shutDown.isDisabled()).toBe(true)
  await page.getByLabel('Digite two@localhost para confirmar').fill('two@localhost')
  await screenshot(page, 'worker-shutdown-390')
  await expectAccessible(page)
  await shutDown.click()
  await expectText(page, 'Desligou: despediu-se.')
  await page.getByRole('button', { name: 'Fechar' }).last().click()
  await expectText(page, 'Não é perguntado, pois se foi.')
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  await screenshot(page, 'worker-stopped-390')
  expectClean(page)
  await expectAccessible(page)
  await page.context().close()
})

test.each([desk, phone])('gone workers fold away, two of one name stand out ($width wide)', async (look) => {
  const figures = { freq: 2, active: 0, processed: 3, loadavg: [0, 0, 0], sw_ver: '5.6.3', sw_sys: 'Linux' }
  const event = (type: string, hostname: string, pid: number) => ({
    ...{ type, hostname, pid, clock: 1, utcoffset: 0, timestamp: now() },
    ...figures,
  })
  const pods = Array.from({ length: 60 }, (_, n) => `pod-${'x'.repeat(60)}-${n}@cluster`)
  await here.raw.publish(
    pods.flatMap((pod) => ['worker-online', 'worker-offline'].map((type) => event(type, pod, 7))),
  )
  await here.raw.publish([1, 2, 1, 2].map((pid) => event('worker-heartbeat', 'twin@localhost', pid)))
  await eventually(
    'the pods',
    async () => (await here.crisper.get('/api/workers/')).body.counts,
    ({ stopped }) => stopped >= 60,
  )

  const page = await browser.openPage(here.crisper, '/workers', look)

  await expectText(page, 'Two of one name')
  await page.getByRole('button', { name: /^Show \d+ more, most of them gone for long$/ }).click()
  await page.waitForURL(/\/workers\?gone=all$/)
  await page.getByRole('button', { name: /^Show \d+ more/ }).waitFor({ state: 'detached' })
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  await screenshot(page, `workers-many-${look.width}`)
  expectClean(page)
  await expectAccessible(page)
  await page.context().close()
})

test('of one that was never heard of it says so', async () => {
  const page = await browser.openPage(here.crisper, '/workers/nobody', desk)
  await expectText(page, 'No such worker')
  await expectText(page, 'No worker nobody was heard of')
  await page.context().close()
})
