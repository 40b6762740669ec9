import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedis } from '../../scripts/services/redis.mjs'
import { connect } from '../../src/db/connect.js'
import { migrate } from '../../src/db/migrate.js'
import { expectAccessible, expectClean, expectText, screenshot } from '../harness/browser.js'
import type { TestBroker } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { TestFolder } from '../harness/test-folder.js'
import { WithBrowser } from '../harness/with-browser.js'

const folder = new TestFolder()
const browser = new WithBrowser()
let redis: TestBroker
let postgres: TestPostgres
let crisper: TestCrisper

beforeAll(async () => {
  redis = await startRedis({ dir: folder.path('redis') })
  postgres = await startPostgres({ dir: folder.path('postgres') })
  const { db, pool, close } = connect({ url: postgres.url }, () => {})
  await migrate(db, pool)
  // A run was through just now, so that nothing is deleted by itself.
  await pool.query(
    `insert into retention_run (id, started_at, ended_at, through) values (gen_random_uuid(), now(), now(), true)`,
  )
  await pool.query(
    `insert into job (task_id, task_name, kind, tenant_id, state, created_at, finished_at, retries, max_retries, meta)
     select 'made-' || n, 'etl.load', 'etl', 'acme', (array['SUCCESS', 'FAILURE', 'REVOKED'])[1 + n % 3], at, at, 0, 0,
            jsonb_build_object('task_type', (array['etl', 'email'])[1 + n % 2])
       from generate_series(1, 5000) n, lateral (select now() - n * interval '20 min' as at) t`,
  )
  await pool.query('analyze')
  await close()
  const config = folder.writeConfig(
    `retention: {rules: [{state: FAILURE, keep: 60d}, {tenant: acme, task_type: [email, etl], keep: 30d}], keep: 1y, archive: ${folder.path('archive')}}`,
  )
  crisper = await TestCrisper.start(['--broker', redis.url, '--database', postgres.url, '--config', config])
})

afterAll(async () => {
  if (crisper !== undefined) expect(await crisper.end()).toBe(0)
  await postgres?.stop()
  await redis?.stop()
  folder.remove()
})

test('what is due is counted, shown, and deleted when somebody says so', { timeout: 120_000 }, async () => {
  const page = await browser.openPage(crisper, '/settings', { theme: 'light', width: 1280 })
  // As high as the page, so that the picture has all of it.
  await page.setViewportSize({ width: 1280, height: 1900 })
  await expectText(page, 'tenant acme')
  await expectText(page, 'in 365 days')
  expect(await page.getByRole('button', { name: 'Delete it now' }).count()).toBe(0)

  await page.getByRole('button', { name: 'Count what is due' }).click()
  await expectText(page, 'tasks are older than they are kept')
  await screenshot(page, 'retention-due-light-1280')
  await expectAccessible(page)
  await page.setViewportSize({ width: 390, height: 2600 })
  await expectText(page, 'Oldest')
  await screenshot(page, 'retention-due-light-390')
  await expectAccessible(page)

  await page.getByRole('button', { name: 'Delete it now' }).click()
  await expectText(page, 'archived')
  await page.getByText(/^Last run .* [1-9][\d,]* tasks and 0 stops deleted/).waitFor()
  await page.getByRole('button', { name: 'Count what is due' }).click()
  await expectText(page, '0 tasks are older than they are kept.')
  expectClean(page)
  await page.context().close()
})

test('in Portuguese', { timeout: 120_000 }, async () => {
  const page = await browser.openPage(crisper, '/settings', { theme: 'dark', width: 390, language: 'pt-BR' })
  await page.setViewportSize({ width: 390, height: 2000 })
  await expectText(page, 'Todas as outras terminadas')
  await expectText(page, 'Com as regras')
  await screenshot(page, 'retention-pt-dark-390')
  expectClean(page)
  await page.context().close()
})
