import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApplicationDatabase, ownAndAttached } from '../harness/application-database.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

/** The exact answers that existing users read, and what the API tells about itself. */
describe.each(ownAndAttached)('the answers of the contract on $kind, $jobs', ({ kind, jobs }) => {
  let application: ApplicationDatabase | undefined
  let cluster: Cluster
  let crisper: TestCrisper
  let done: string
  let failed: string

  beforeAll(async () => {
    cluster = await Cluster.start(kind)
    await cluster.startWorker()
    application =
      jobs === 'own table' ? undefined : await ApplicationDatabase.start(cluster.folder.path('application'))
    crisper = await TestCrisper.start([
      ...cluster.crisperFlags,
      ...(application ? ['--database', application.crisperUrl, '--jobs-table', 'core_job'] : []),
    ])
    done = await cluster.send('test.progress', { total: 3, step_seconds: 0.05 })
    failed = await cluster.send('test.fail', { message: 'broken' })
    await crisper.untilState(done, 'SUCCESS')
    await crisper.untilState(failed, 'FAILURE')
  })

  afterAll(async () => {
    await crisper?.end()
    await application?.stop()
    await cluster?.stop()
  })

  /** On a slow machine a total may be kept from the question before; from when it is has no part in the contract. */
  const answer = async (path: string) => {
    const { status, body } = await crisper.get(path)
    const { total_counted_at: _, ...contract } = body
    return { status, body: contract }
  }

  test.each(['/api/tasks', '/api/tasks/statistics', '/api/tasks/types', '/jobs', '/healthz', '/readyz'])(
    '%s answers the same with a trailing slash',
    async (path) => {
      const [without, withSlash] = [await answer(path), await answer(`${path}/`)]
      expect(without.status).toBe(200)
      expect(withSlash).toEqual(without)
    },
  )

  test('one task answers the same with a trailing slash, known or not', async () => {
    for (const path of [`/api/tasks/${done}`, `/jobs/${done}`, '/api/tasks/unknown', '/jobs/unknown']) {
      expect(await crisper.get(`${path}/`)).toEqual(await crisper.get(path))
    }
  })

  test('a task in the list, field by field', async () => {
    const { tasks } = (await crisper.get(`/api/tasks/?search=${done}`)).body
    expect(tasks).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
        task_id: done,
        task_name: 'test.progress',
        task_type: 'other',
        task_type_display: 'Other',
        state: 'SUCCESS',
        kind: 'other',
        queue: 'celery',
        worker: 'w1@localhost',
        tenant_id: null,
        created_by_id: null,
        created_at: expect.stringMatching(iso),
        enqueued_at: expect.stringMatching(iso),
        started_at: expect.stringMatching(iso),
        finished_at: expect.stringMatching(iso),
        retries: 0,
        max_retries: expect.any(Number),
        total: 3,
        done: 3,
        percent: 100,
        by_category: { even: 1, odd: 2 },
        meta: expect.objectContaining({ task_type: 'other' }),
        result: 3,
        error: null,
        lost: false,
        stop: null,
      },
    ])
    expect((await crisper.get(`/api/tasks/?search=${failed}`)).body.tasks).toEqual([
      expect.objectContaining({ result: null, error: expect.stringContaining('broken'), percent: null }),
    ])
  })

  test('one task has all fields of the list, and more', async () => {
    const { tasks } = (await crisper.get(`/api/tasks/?search=${done}`)).body
    const { body } = await crisper.get(`/api/tasks/${done}/`)
    expect(body).toMatchObject({
      ...tasks[0],
      live_state: 'SUCCESS',
      live_info: 3,
      ready: true,
      successful: true,
      in_db: true,
    })
    expect((await crisper.get(`/api/tasks/${failed}/`)).body).toMatchObject({
      ready: true,
      successful: false,
    })
  })

  test('a job of the legacy endpoints, field by field', async () => {
    const listed = {
      task_id: done,
      state: 'SUCCESS',
      kind: 'other',
      queue: 'celery',
      worker: 'w1@localhost',
      created_at: expect.stringMatching(iso),
      started_at: expect.stringMatching(iso),
      finished_at: expect.stringMatching(iso),
      percent: 100,
      total: 3,
      done: 3,
      by_category: { even: 1, odd: 2 },
      error: null,
    }
    expect((await crisper.get('/jobs/?state=SUCCESS')).body).toEqual({ results: [listed] })
    expect((await crisper.get(`/jobs/${done}/`)).body).toEqual({
      ...listed,
      enqueued_at: expect.stringMatching(iso),
      retries: 0,
      max_retries: expect.any(Number),
      result: 3,
    })
  })

  test('the legacy list is clamped to 1..200, with 50 as its default, newest first', async () => {
    const ids = await cluster.publisher.sendMany(210, {
      task: 'test.add',
      args: [1, 2],
      options: { queue: 'nobody' },
    })
    await crisper.untilState(ids.at(-1) ?? '', 'SENT')
    const listed = async (query: string) => (await crisper.get(`/jobs/?${query}`)).body.results
    expect(await listed('')).toHaveLength(50)
    expect(await listed('limit=7')).toHaveLength(7)
    for (const little of ['0', '-5', '-999999999999']) expect(await listed(`limit=${little}`)).toHaveLength(1)
    for (const much of ['201', '999999999999']) expect(await listed(`limit=${much}`)).toHaveLength(200)
    const [newest] = await listed('limit=1')
    expect(newest.task_id).toBe((await crisper.list('limit=1')).tasks[0]?.task_id)
    expect((await crisper.list()).tasks).toHaveLength(100)
  })

  test('a hard stop of what runs, field by field', async () => {
    const id = await cluster.send('test.sleep', { seconds: 60 })
    await crisper.untilState(id, 'STARTED')
    const { status, body } = await crisper.post(`/api/tasks/${id}/stop`, { hard: true })
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        success: true,
        task_id: id,
        action: 'hard_stop',
        message: expect.stringMatching(/w1@localhost/),
        state: 'REVOKED',
        stop: expect.objectContaining({
          id: expect.any(String),
          status: expect.stringMatching(/^(sent|stopped)$/),
          known: true,
        }),
      },
    })
  })

  test.each([
    { body: 'null', told: 'body takes a JSON object' },
    { body: 'true', told: 'body takes a JSON object' },
    { body: '{"hard": "true"}', told: 'hard takes true or false' },
  ])('the stop body $body is refused', async ({ body, told }) => {
    const answer = await crisper.post(`/api/tasks/refused/stop/`, body)
    expect(answer).toEqual({ status: 400, body: { error: told } })
    expect((await crisper.get('/api/tasks/refused/')).status).toBe(404)
  })

  test.each([
    { what: 'a path that is not UTF-8', path: '/api/tasks/%E0%A4%A/', expected: 400 },
    { what: 'an id of 300 characters', path: `/api/tasks/${'x'.repeat(300)}/`, expected: 400 },
    { what: 'an id of 5000 characters', path: `/api/tasks/${'x'.repeat(5000)}/`, expected: 414 },
    { what: 'no such page', path: '/nothing/here', expected: 404 },
  ])('$what is answered with $expected and the reason', async ({ path, expected }) => {
    const { status, body } = await crisper.get(path)
    expect(status).toBe(expected)
    expect(body).toEqual({ error: expect.any(String) })
  })

  test('an empty parameter is an absent one', async () => {
    const empty =
      'task_type=&state=&company_id=&tenant_id=&created_by_id=&hours_ago=&limit=&offset=&order_by=&cursor=' +
      '&worker=&queue=&task_name=&created_after=&created_before=&search='
    expect(await answer(`/api/tasks/?${empty}`)).toEqual(await answer('/api/tasks/'))
  })

  test('the OpenAPI document describes every endpoint with its parameters', async () => {
    const { paths } = (await crisper.get('/api/openapi.json')).body
    const parameters = (path: string) =>
      paths[path].get.parameters.map(({ name }: { name: string }) => name).sort()
    expect(parameters('/api/tasks/')).toEqual(
      [
        ...['task_type', 'state', 'company_id', 'tenant_id', 'created_by_id', 'hours_ago', 'limit', 'offset'],
        ...[
          'order_by',
          'cursor',
          'count',
          'lost',
          'worker',
          'queue',
          'task_name',
          'created_after',
          'created_before',
          'root_id',
          'search',
        ],
      ].sort(),
    )
    expect(parameters('/api/tasks/statistics/')).toEqual(['company_id', 'hours_ago', 'task_type'])
    expect(parameters('/jobs/')).toEqual(['kind', 'limit', 'state', 'tenant_id'])
    for (const [path, methods] of Object.entries<Record<string, Operation>>(paths)) {
      for (const operation of Object.values(methods)) {
        expect(operation.summary, path).toBeTruthy()
        expect(Object.keys(operation.responses), path).not.toEqual([])
        const inPath =
          operation.parameters?.filter((each) => each.in === 'path').map(({ name }) => name) ?? []
        expect(inPath, path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
      }
    }
    expect(paths['/api/tasks/{task_id}/stop/'].post.requestBody).toMatchObject({ content: expect.anything() })
  })

  test('the readable documentation loads with all its assets', async () => {
    const page = `${crisper.url}/api/docs/`
    const html = await (await fetch(page)).text()
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => new URL(link ?? '', page))
    expect(links.length).toBeGreaterThanOrEqual(4)
    for (const link of links) expect((await fetch(link)).status, link.href).toBe(200)
  })

  test('it says how it is, each with a reason', async () => {
    expect((await crisper.get('/healthz')).body).toEqual({ status: 'ok', version: expect.any(String) })
    const { ready, checks } = (await crisper.get('/readyz')).body
    expect(ready).toBe(true)
    expect(checks).toEqual({
      database: { ok: true, reason: expect.stringMatching(/\w/) },
      broker: { ok: true, reason: expect.stringContaining('connected to') },
      event_stream: { ok: true, reason: expect.stringMatching(/\w/) },
    })
  })
})

interface Operation {
  readonly summary?: string
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly responses: object
}
