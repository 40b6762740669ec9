import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../cli/run-cli.js'
import { AccessRig } from './access-rig.js'

let rig: AccessRig

beforeAll(async () => {
  rig = await AccessRig.start('')
  await rig.makeToken('admin', 'admin')
  await rig.makeToken('viewer', 'viewer')
})
afterAll(() => rig?.stop())

const admin = () => ({ token: rig.token('admin') })
const entries = async (query = '') => (await rig.ask('GET', `/api/audit/?${query}`, admin())).body.entries
const verify = (...more: string[]) => runCli(['audit', 'verify', '--database', rig.postgres.url, ...more])

test('tells who did what to which, with which reason, and what came of it', async () => {
  await rig.ask('POST', '/api/tasks/one/stop/', { ...admin(), body: { hard: true, reason: 'it hangs' } })
  await rig.ask('POST', '/api/tasks/stop/', {
    ...admin(),
    body: { filter: { company_id: '4' }, reason: 'all' },
  })
  const ids = Array.from({ length: 30 }, (_, index) => `task-${index}`)
  await rig.ask('POST', '/api/tasks/stop/', { ...admin(), body: { task_ids: ids, dry_run: true } })
  expect(await entries('action=task.')).toMatchObject([
    { action: 'task.stop_many', detail: { task_ids: { count: 30 }, dry_run: true }, status: 200 },
    { action: 'task.stop_many', detail: { filter: { company_id: '4' }, reason: 'all' }, status: 202 },
    {
      who: 'token:admin',
      address: '127.0.0.1',
      action: 'task.stop',
      target: 'one',
      detail: { hard: true, reason: 'it hangs' },
      status: 200,
    },
  ])
})

test('tells of what was refused, and of every sign-in, without the secrets', async () => {
  await rig.ask('POST', '/api/tasks/one/stop/', { token: rig.token('viewer'), body: { reason: 'mine' } })
  await rig.ask('POST', '/api/session/', { body: { token: rig.token('viewer') } })
  await rig.ask('POST', '/api/session/', { body: { user: 'eve', password: 'guessed-it-already' } })
  const told = await entries('limit=3')
  expect(told).toMatchObject([
    { who: 'nobody', action: 'session.begin', status: 401, detail: { refused: true } },
    { who: 'token:viewer', action: 'session.begin', status: 200 },
    { who: 'token:viewer', action: 'task.stop', target: 'one', status: 403, detail: { refused: true } },
  ])
  expect(JSON.stringify(await entries())).not.toMatch(/crisper_[0-9a-f]{12}_|guessed/)
})

test('tells how long a token that was made lasts', async () => {
  const lasts = '2099-01-31T00:00:00.000Z'
  const body = { name: 'lasting', role: 'viewer', expires_at: lasts }
  await rig.ask('POST', '/api/tokens/', { ...admin(), body })
  expect(await entries('action=token.create&limit=1')).toMatchObject([{ detail: { expires_at: lasts } }])
})

test('is filtered, and paged without a gap', async () => {
  const all = await entries()
  const seen: number[] = []
  for (let cursor = ''; ; ) {
    const { body } = await rig.ask('GET', `/api/audit/?limit=2&cursor=${cursor}`, admin())
    seen.push(...body.entries.map(({ seq }: { seq: number }) => seq))
    if (body.next_cursor === null) break
    cursor = body.next_cursor
  }
  expect(seen).toEqual(all.map(({ seq }: { seq: number }) => seq))
  expect(await entries('who=token:viewer')).toHaveLength(2)
  expect(await entries('target=one')).toHaveLength(2)
  expect(await entries('before=2020-01-01')).toEqual([])
})

test('is exported whole, and no cell is a formula', async () => {
  await rig.ask('POST', '/api/tasks/=1+1/stop/', { ...admin(), body: {} })
  const csv = await rig.ask('GET', '/api/audit/export/?format=csv', admin())
  expect(csv.headers.get('content-type')).toContain('text/csv')
  const count = (await entries()).length
  expect(csv.text.trim().split('\n')).toHaveLength(count + 1)
  expect(csv.text).toContain(",'=1+1,")
  const lines = await rig.ask('GET', '/api/audit/export/?format=json', admin())
  expect(
    lines.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).seq),
  ).toHaveLength(count)
})

test('holds together, until somebody changes it', async () => {
  const whole = await verify()
  expect(whole).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+ entries, .*\nThe last is \d+:\w{64}\n$/),
  })
  const last = / (\d+:\w{64})/.exec(whole.out)?.[1] ?? ''
  expect((await verify('--expect', last)).code).toBe(0)

  const { pool } = rig.database
  await expect(pool.query("update audit_entry set who = 'nobody'")).rejects.toThrow('only added to')
  await expect(pool.query('delete from audit_entry')).rejects.toThrow('only added to')

  await pool.query('alter table audit_entry disable trigger audit_entry_stays')
  await pool.query("update audit_entry set who = 'mallory' where seq = 3")
  expect(await verify()).toMatchObject({
    code: 1,
    err: expect.stringContaining('at entry 3: it was changed'),
  })
  await pool.query("update audit_entry set who = 'token:admin' where seq = 3")
  await pool.query('delete from audit_entry where seq = (select max(seq) from audit_entry)')
  expect(await verify()).toMatchObject({ code: 0 })
  expect(await verify('--expect', last)).toMatchObject({ code: 1 })
  await pool.query('delete from audit_entry where seq = 2')
  expect(await verify()).toMatchObject({ code: 1, err: expect.stringContaining('missing') })
  await pool.query('alter table audit_entry enable trigger audit_entry_stays')
})

test('many at once are one chain', async () => {
  const before = (await entries('limit=1'))[0].seq
  await Promise.all(
    Array.from({ length: 30 }, (_, n) => rig.ask('POST', `/api/tokens/none-${n}/revoke/`, admin())),
  )
  const told = await entries('action=token.revoke')
  expect(told.map(({ seq }: { seq: number }) => seq)).toEqual(
    Array.from({ length: 30 }, (_, n) => before + 30 - n),
  )
})
