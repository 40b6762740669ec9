import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../src/db/connect.js'
import { migrate } from '../../src/db/migrate.js'
import { expectAccessible, expectClean, expectText, type Look, screenshot } from '../harness/browser.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { WithBrowser } from '../harness/with-browser.js'

const browser = new WithBrowser()
let cluster: Cluster
let postgres: TestPostgres
let crisper: TestCrisper

beforeAll(async () => {
  cluster = await Cluster.start('redis')
  postgres = await startPostgres({ dir: cluster.folder.path('postgres') })
  const database = connect({ url: postgres.url }, () => {})
  await migrate(database.db, database.pool)
  // A day of a queue that fills in the morning and is worked off.
  await database.pool.query(`
    insert into queue_sample (queue, at, waiting, taken, oldest_at)
    select 'imports', now() - n * interval '1 min', 400 + (300 * sin(n / 200.0))::int, 50 + n % 20, now()
      from generate_series(1, 1400) n`)
  await database.close()
  await cluster.publisher.sendMany(3, { task: 'test.add', args: [1, 2], options: { queue: 'imports' } })
  crisper = await TestCrisper.start([...cluster.crisperFlags, '--database', postgres.url])
})
afterAll(async () => {
  expect(await crisper?.end()).toBe(0)
  await postgres?.stop()
  await cluster?.stop()
})

const looks: Look[] = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 390 },
]

test.each(looks)('the last day is drawn, and the last hour beside the name ($width wide)', async (look) => {
  const page = await browser.openPage(crisper, '/queues', look)
  await page.getByRole('img', { name: /waiting in the last hour/ }).waitFor({ timeout: 40_000 })
  await screenshot(page, `queues-history-${look.width}`)
  await expectAccessible(page)
  await page.getByRole('link', { name: 'imports', exact: true }).click()
  await page.waitForURL(/\/queues\/imports$/)
  await page.getByRole('img', { name: /^The last 24 hours/ }).waitFor()
  await expectText(page, '/s')
  await screenshot(page, `queue-history-${look.width}`)
  expectClean(page)
  await expectAccessible(page)
  await page.context().close()
})
