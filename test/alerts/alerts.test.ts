import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { oppositeCorners } from '../harness/corners.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { mailSink, webSink } from './sinks.js'

const secret = 'a-secret-of-the-tests'

interface Told {
  readonly event: string
  readonly rule: string
  readonly subject: string
  readonly sentence: string
  readonly url: string
}

/** Looks every ten seconds, tells at most every thirty. */
const patience = 90_000

describe.each(oppositeCorners())('alerts on $kind, Celery $celery.version', ({ kind, celery }) => {
  let cluster: Cluster
  let crisper: TestCrisper
  let flags: string[]
  let web: Awaited<ReturnType<typeof webSink>>
  let mail: Awaited<ReturnType<typeof mailSink>>

  beforeAll(async () => {
    ;[cluster, web, mail] = await Promise.all([Cluster.start(kind, celery), webSink(), mailSink()])
    const config = cluster.folder.writeConfig(
      `alerts:
  public_url: https://crisper.example/
  smtp: {url: '${mail.url}', from: Crisper <crisper@example.com>}
  channels:
    hook: {kind: webhook, url: '${web.url}/hook?key=hidden', secret: ${secret}}
    chat: {kind: slack, url: '${web.url}/services/hidden'}
    mail: {kind: email, to: [ops@example.com]}
`,
    )
    flags = [...cluster.crisperFlags, '--config', config]
    crisper = await TestCrisper.start(flags)
  })

  afterAll(async () => {
    expect(await crisper?.end()).toBe(0)
    await cluster?.stop()
    await web?.close()
    await mail?.close()
  })

  const makeRule = async (name: string, condition: object, more: object = {}) => {
    const rule = { name, condition, fires_after: 0, resolves_after: 0, channels: ['hook'], ...more }
    const { status, body } = await crisper.post('/api/alert-rules/', rule)
    expect({ status, body }).toMatchObject({ status: 201, body: rule })
    return String(body.id)
  }
  const told = (): Told[] => web.to('/hook?key=hidden').flatMap(({ body }) => JSON.parse(body).alerts)
  const untilTold = (event: string, rules: readonly string[]) =>
    eventually(
      `${event}: ${rules}`,
      async () => told().filter((each) => each.event === event),
      (those) => rules.every((rule) => those.some((each) => each.rule === rule)),
      patience,
    )
  const alerts = async (query: string) => (await crisper.get(`/api/alerts/?${query}`)).body.alerts
  const rules = async () => (await crisper.get('/api/alert-rules/')).body

  test('what can not be read is refused, and says what it takes', async () => {
    const refused = async (body: object) => (await crisper.post('/api/alert-rules/', body)).body.error
    const condition = { kind: 'queue_age', seconds: 60 }
    expect(await refused({ name: 'x' })).toMatch(/^condition takes an object with a kind: failure_rate, /)
    expect(await refused({ name: 'x', condition: { kind: 'queue_age' } })).toMatch(/seconds/)
    expect(await refused({ name: '\n', condition })).toBe('name takes 1 to 80 characters')
    expect(await refused({ name: 'x', condition, channels: ['pager'] })).toMatch(
      /^There is no alert channel pager: there are hook, chat, mail/,
    )
    expect(await refused({ name: 'x', condition, colour: 'red' })).toMatch(/colour/)
    expect(await crisper.get('/api/alerts/?cursor=x')).toMatchObject({ status: 400 })
    const nobody = '/api/alert-rules/00000000-0000-4000-8000-000000000000/'
    expect(await crisper.send('DELETE', nobody)).toMatchObject({ status: 404 })
    expect(await rules()).toMatchObject({ rules: [] })
  })

  test('channels are told without their secrets, and can be tried', async () => {
    const { channels } = await rules()
    expect(channels).toMatchObject([
      { name: 'hook', kind: 'webhook', waiting: 0, problem: null },
      { name: 'chat', kind: 'slack' },
      { name: 'mail', kind: 'email', target: 'ops@example.com' },
    ])
    expect(JSON.stringify(channels)).not.toMatch(/hidden|a-secret/)
    for (const name of ['hook', 'chat', 'mail']) {
      expect((await crisper.post(`/api/alert-channels/${name}/test/`)).body).toEqual({
        channel: name,
        problem: null,
      })
    }
    expect(mail.mails[0]).toMatch(/^Subject: \[Crisper\] Test: /m)
    web.sink.refuse = true
    expect((await crisper.post('/api/alert-channels/chat/test/')).body.problem).toMatch(
      /^127\.0\.0\.1:\d+ answered 503: not now$/,
    )
    web.sink.refuse = false
    expect(await crisper.post('/api/alert-channels/pager/test/')).toMatchObject({ status: 400 })
    web.posted.length = 0
    mail.mails.length = 0
  })

  test('each kind fires, is told in few messages, again until they are taken, and recovers', {
    timeout: 400_000,
  }, async () => {
    web.sink.refuse = true
    await cluster.startWorker({ name: 'etl1', concurrency: 4 })
    await Promise.all(
      Array.from({ length: 25 }, () => cluster.send('test.sleep', { seconds: 0.01, company_id: 4 })),
    )
    const endless = await cluster.send('test.sleep', { seconds: 600, company_id: 4 })
    await Promise.all([1, 2, 3].map((x) => cluster.send('test.add', { x, y: 'no number' })))
    const waiting = await cluster.send('test.add', { x: 1, y: 1 }, { queue: 'slow' })
    await crisper.untilState(endless, 'STARTED')
    await crisper.untilState(waiting, 'SENT')

    const failing = { kind: 'failure_rate', filter: { task_name: 'test.add' }, percent: 50, at_least: 3 }
    await makeRule('failures <of> add', failing, { channels: ['hook', 'chat', 'mail'] })
    await makeRule('nightly', { kind: 'silence', filter: { task_name: 'etl.nightly' }, minutes: 60 })
    await makeRule('old queue', { kind: 'queue_age', queue: 'slow', seconds: 1 })
    await makeRule('no ml', { kind: 'missing_worker', worker: 'ml*', at_least: 1 })
    await makeRule('etl is there', { kind: 'missing_worker', worker: 'etl*@localhost', at_least: 1 })
    const long = { kind: 'long_run', filter: { company_id: '4' }, times: 3 }
    await makeRule('endless', long)

    const fire = ['failures <of> add', 'nightly', 'old queue', 'no ml', 'endless']
    await eventually(
      'all to fire',
      async () => (await alerts('state=firing')).map(({ rule }: { rule: string }) => rule),
      (names) => fire.every((name) => names.includes(name)) && names.length === fire.length,
      patience,
    )
    await eventually(
      'the webhook to have a problem',
      async () => (await rules()).channels[0],
      ({ problem, waiting }) => /answered 503/.test(problem) && waiting > 0,
      patience,
    )
    web.sink.refuse = false
    const fired = await untilTold('fired', fire)

    expect(fired.map(({ rule }) => rule).sort()).toEqual([...fire].sort())
    expect(fired.find(({ rule }) => rule === 'old queue')).toMatchObject({
      subject: 'slow',
      sentence: expect.stringMatching(
        /^The oldest message of queue slow waits for [\d.]+ s, more than 1\.0 s; 1 wait there\.$/,
      ),
      url: 'https://crisper.example/queues/slow',
    })
    expect(fired.find(({ rule }) => rule === 'endless')).toMatchObject({ subject: 'test.sleep' })
    expect(fired.find(({ rule }) => rule.startsWith('failures'))).toMatchObject({
      sentence: expect.stringMatching(
        /^3 of 3 tasks of test\.add that .* failed: 100\.0 %, more than 50 %\.$/,
      ),
    })
    for (const { headers, body } of web.to('/hook?key=hidden')) {
      const [, at, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['crisper-signature'])) ?? []
      expect(createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')).toBe(signature)
    }
    const [chat] = await eventually(
      'the chat to be told',
      async () => web.to('/services/hidden'),
      (those) => those.length > 0,
      patience,
    )
    expect(JSON.parse(chat?.body ?? '').text).toContain('*failures &lt;of&gt; add*: 3 of 3 tasks')
    await eventually(
      'the mail to arrive',
      async () => mail.mails,
      (mails) => mails.length > 0,
      patience,
    )
    expect(mail.mails[0]).toContain('ALERT: failures <of> add')

    await Promise.all([1, 2, 3, 4].map((x) => cluster.send('test.add', { x, y: 1 })))
    await cluster.startWorker({ name: 'ml-7', queues: ['slow'] })
    expect(await crisper.stop(endless, { hard: true })).toMatchObject({ state: 'REVOKED' })
    const recover = fire.filter((name) => name !== 'nightly')
    await untilTold('resolved', recover)
    expect((await alerts('state=firing')).map(({ rule }: { rule: string }) => rule)).toEqual(['nightly'])
    const ended = await alerts('state=ended')
    expect(ended.map(({ rule }: { rule: string }) => rule).sort()).toEqual([...recover].sort())
    expect(web.to('/hook?key=hidden').length).toBeLessThan(fire.length + recover.length)
    const page = (await crisper.get('/api/alerts/?limit=3')).body
    const next = (await crisper.get(`/api/alerts/?limit=3&cursor=${page.next_cursor}`)).body
    const ids = [...page.alerts, ...next.alerts].map(({ id }: { id: string }) => id)
    expect(new Set(ids).size).toBe(5)
    expect(next.next_cursor).toBeNull()
  })

  test('a muted rule fires without a word, and what is deleted is over', { timeout: 200_000 }, async () => {
    const before = told().length
    const id = await makeRule('muted', { kind: 'silence', filter: { task_name: 'etl.weekly' }, minutes: 60 })
    const until = new Date(Date.now() + 3_600_000).toISOString()
    expect((await crisper.post(`/api/alert-rules/${id}/mute/`, { until })).body).toMatchObject({
      muted_until: until,
    })
    await eventually(
      'the muted rule to fire',
      () => alerts(`rule_id=${id}`),
      (those) => those.length === 1,
      patience,
    )
    const { body } = await crisper.post(`/api/alert-rules/${id}/test/`)
    expect(body).toMatchObject({
      findings: [{ sentence: 'No task of etl.weekly was seen in the last 60 min.' }],
      deliveries: [{ channel: 'hook', problem: null }],
    })
    // Beside the test nothing of it was told.
    expect(
      told()
        .slice(before)
        .filter(({ rule }) => rule === 'muted').length,
    ).toBe(1)

    await crisper.post(`/api/alert-rules/${id}/mute/`, { until: null })
    await eventually(
      'what fires to be told',
      async () =>
        told()
          .slice(before)
          .filter(({ rule }) => rule === 'muted').length,
      (times) => times === 2,
      patience,
    )
    expect(await crisper.send('DELETE', `/api/alert-rules/${id}/`)).toMatchObject({ status: 204 })
    expect(await alerts(`rule_id=${id}`)).toMatchObject([{ ended_at: expect.any(String) }])
    await untilTold('resolved', ['muted'])
  })

  test('rules and what fires outlive a restart', async () => {
    await crisper.kill()
    crisper = await TestCrisper.start(flags)
    expect(await alerts('state=firing')).toMatchObject([{ rule: 'nightly', ended_at: null }])
    expect(await rules()).toMatchObject({
      rules: expect.arrayContaining([expect.objectContaining({ firing: 1 })]),
    })
  })
})
