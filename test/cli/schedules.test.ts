import { expect, test } from 'vitest'
import { eventually } from '../harness/eventually.js'
import { WithCrisper } from '../harness/with-crisper.js'
import { runCli } from './run-cli.js'

const here = new WithCrisper('redis')
const schedules = (...args: string[]) => runCli(['schedules', ...args], { CRISPER_URL: here.crisper.url })

test('crisper schedules says where there could be some', async () => {
  const { code, out } = await schedules()
  expect(code).toBe(0)
  expect(out).toContain('0 of 0, 0 with a problem')
  expect(out).toContain('give --result-database')
  expect(out).toContain('No worker is online')
})

test('crisper schedules lists them, as a table and as JSON', async () => {
  await here.cluster.startWorker({ env: { CELERY_TEST_SCHEDULE: '1' } })
  await eventually(
    'the worker to have told',
    async () => (await here.crisper.get('/api/schedules/')).body.total,
    (total) => total === 7,
  )
  const { code, out, err } = await schedules()
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/│ every second +│ test\.add +│ every 1 s +│ active +│/)
  expect(out).toMatch(
    /│ new year +│ test\.today +│ 0 4 1 1 \* \(America\/Sao_Paulo\) +│ active +│ +│ \d{4}-01-01T07:00:00Z +│/,
  )
  expect(out).toContain('7 of 7, 1 with a problem')

  const found = JSON.parse((await schedules('--search', 'TWICE', '--json')).out)
  expect(found.schedules.map(({ name }: { name: string }) => name).sort()).toEqual([
    'twice, now',
    'twice, then',
  ])
  expect(JSON.parse((await schedules('--problem', '--json')).out).schedules).toHaveLength(1)
})
