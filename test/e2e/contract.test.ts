import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApplicationDatabase, ownAndAttached } from '../harness/application-database.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'

const taskFields = [
  'id',
  'task_id',
  'task_name',
  'task_type',
  'task_type_display',
  'state',
  'kind',
  'queue',
  'worker',
  'tenant_id',
  'created_by_id',
  'created_at',
  'enqueued_at',
  'started_at',
  'finished_at',
  'retries',
  'max_retries',
  'total',
  'done',
  'percent',
  'by_category',
  'meta',
  'result',
  'error',
  'lost',
  'stop',
].sort()

/** Every endpoint, parameter, default and error of the contract that existing users call. */
describe.each(ownAndAttached)('the contract on $kind, $jobs', ({ kind, jobs }) => {
  let application: ApplicationDatabase | undefined
  let cluster: Cluster
  let crisper: TestCrisper
  const ids: Record<string, string> = {}

  beforeAll(async () => {
    cluster = await Cluster.start(kind)
    await cluster.startWorker()
    application =
      jobs === 'own table' ? undefined : await ApplicationDatabase.start(cluster.folder.path('application'))
    crisper = await TestCrisper.start([
      ...cluster.crisperFlags,
      ...(application ? ['--database', application.crisperUrl, '--jobs-table', 'core_job'] : []),
    ])
    ids.byTenant = await cluster.send('etl.process_etl_file', { tenant_id: '4' })
    ids.byNumber = await cluster.send('etl.process_etl_file', { company_id: 4 })
    ids.byText = await cluster.send('import.process_import_template', { company_id: '4' })
    ids.other = await cluster.send('accounting.tasks.compare_two_engines_task', { company_id: 7 })
    ids.failed = await cluster.send('test.fail', { message: 'broken' })
    for (const id of [ids.byTenant, ids.byNumber, ids.byText, ids.other])
      await crisper.untilState(id, 'SUCCESS')
    await crisper.untilState(ids.failed, 'FAILURE')
    ids.running = await cluster.send('test.progress', { total: 600, step_seconds: 0.2 })
    await crisper.untilState(ids.running, 'PROGRESS')
  })

  afterAll(async () => {
    await crisper?.end()
    await application?.stop()
    await cluster?.stop()
  })

  const listed = async (query: string) => (await crisper.list(query)).tasks.map(({ task_id }) => task_id)

  describe('GET /api/tasks/', () => {
    test('has the defaults, the fields and the order of the contract', async () => {
      const { status, body } = await crisper.get('/api/tasks/')
      expect(status).toBe(200)
      expect(body).toMatchObject({ total: 6, limit: 100, offset: 0 })
      // As times: "…:04Z" would stand behind "…:04.291Z" as a text.
      const created: number[] = body.tasks.map((task: { created_at: string }) => Date.parse(task.created_at))
      expect(created).toEqual(created.toSorted((one, other) => other - one))
      for (const task of body.tasks) {
        expect(
          Object.keys(task)
            .filter((name) => !name.startsWith('live_'))
            .sort(),
        ).toEqual(taskFields)
        expect(task.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
        expect(task.result === null).toBe(task.state !== 'SUCCESS')
        expect(task.error === null).toBe(task.state !== 'FAILURE')
      }
      expect(await crisper.get('/api/tasks')).toMatchObject({ status: 200, body: { total: 6 } })
    })

    test('company_id matches the tenant, and the company as a number or a text', async () => {
      const found = (await listed('company_id=4')).sort()
      expect(found).toEqual([ids.byTenant, ids.byNumber, ids.byText].sort())
    })

    test('every filter narrows', async () => {
      expect(await listed('tenant_id=4')).toEqual([ids.byTenant])
      expect(await listed('task_type=import_template')).toEqual([ids.byText])
      expect((await listed('task_type=import_template,reconciliation')).sort()).toEqual(
        [ids.byText, ids.other].sort(),
      )
      expect(await listed('state=FAILURE')).toEqual([ids.failed])
      expect((await listed('state=FAILURE,PROGRESS')).sort()).toEqual([ids.failed, ids.running].sort())
      expect(await listed('created_by_id=99')).toEqual([])
      expect(await listed('hours_ago=1')).toHaveLength(6)
      expect(await listed('hours_ago=0')).toEqual([])
      expect(await listed('task_name=test.fail')).toEqual([ids.failed])
      expect(await listed('worker=w1@localhost')).toHaveLength(6)
      expect(await listed('worker=w2@localhost')).toEqual([])
      expect(await listed('queue=celery')).toHaveLength(6)
      expect(await listed(`search=${ids.other?.slice(0, 13)}`)).toEqual([ids.other])
      expect(await listed('search=COMPARE_TWO')).toEqual([ids.other])
      expect(await listed('search=100%25_')).toEqual([])
      const middle = (await crisper.list('order_by=created_at&limit=3')).tasks[2]?.created_at ?? ''
      expect(await listed(`created_before=${middle}`)).toHaveLength(2)
      expect(await listed(`created_after=${middle}`)).toHaveLength(4)
      expect(await listed('company_id=&state=&limit=')).toHaveLength(6)
    })

    test('pages by offset and by cursor show every task once, also where values are missing', async () => {
      for (const order of ['-created_at', 'finished_at', '-finished_at', 'task_name', '-total']) {
        const whole = await listed(`order_by=${order}`)
        const byOffset = [0, 2, 4].map((offset) => listed(`order_by=${order}&limit=2&offset=${offset}`))
        expect((await Promise.all(byOffset)).flat()).toEqual(whole)

        const byCursor: string[] = []
        let cursor: string | null = ''
        while (cursor !== null) {
          const page = await crisper.list(`order_by=${order}&limit=4&cursor=${cursor}`)
          byCursor.push(...page.tasks.map(({ task_id }) => task_id))
          cursor = page.next_cursor
        }
        expect(byCursor).toEqual(whole)
      }
    })

    test('an unfinished task has its live state where Celery knows another, for one look-up a page', async () => {
      const redis = new Redis(cluster.backendUrl)
      const id = await cluster.send('test.sleep', { seconds: 2 })
      await crisper.untilState(id, 'STARTED')
      await redis.set(`celery-task-meta-${id}`, JSON.stringify({ status: 'PROGRESS', result: { done: 1 } }))
      const calls = async () =>
        Number(/cmdstat_mget:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0)
      const before = await calls()

      const { tasks } = await crisper.list()

      expect(tasks.find(({ task_id }) => task_id === id)).toMatchObject({
        state: 'STARTED',
        live_state: 'PROGRESS',
        live_info: { done: 1 },
      })
      expect((await calls()) - before).toBe(1)
      redis.disconnect()
      await crisper.untilState(id, 'SUCCESS')
    })

    test.each([
      ['limit=abc', 'limit'],
      ['limit=-1', 'limit'],
      ['limit=1.5', 'limit'],
      ['offset=-1', 'offset'],
      ['order_by=nonsense', 'order_by'],
      ['state=DONE', 'state'],
      ['hours_ago=yesterday', 'hours_ago'],
      ['created_by_id=me', 'created_by_id'],
      ['created_after=soon', 'created_after'],
      ['cursor=forged', 'cursor'],
    ])('%s is refused', async (query, parameter) => {
      const { status, body } = await crisper.get(`/api/tasks/?${query}`)
      expect(status).toBe(400)
      expect(body.error).toMatch(new RegExp(`^${parameter} `))
    })
  })

  describe('GET /api/tasks/{task_id}/', () => {
    test('a known task has its live state beside the fields of the list', async () => {
      expect((await crisper.get(`/api/tasks/${ids.byNumber}/`)).body).toMatchObject({
        task_id: ids.byNumber,
        state: 'SUCCESS',
        live_state: 'SUCCESS',
        ready: true,
        successful: true,
        in_db: true,
        meta: { company_id: 4, task_type: 'etl' },
      })
      expect((await crisper.get(`/api/tasks/${ids.running}`)).body).toMatchObject({
        live_state: 'PROGRESS',
        ready: false,
        successful: false,
      })
    })

    test('a task that only the result backend knows is told from there', async () => {
      const redis = new Redis(cluster.backendUrl)
      const failure = { exc_type: 'ValueError', exc_message: ['x'], exc_module: 'builtins' }
      await redis.set('celery-task-meta-only-there', JSON.stringify({ status: 'SUCCESS', result: [1] }))
      await redis.set('celery-task-meta-failed-there', JSON.stringify({ status: 'FAILURE', result: failure }))
      redis.disconnect()

      expect((await crisper.get('/api/tasks/only-there/')).body).toEqual({
        task_id: 'only-there',
        task_name: null,
        task_type: 'other',
        task_type_display: 'Other',
        state: 'SUCCESS',
        ready: true,
        successful: true,
        result: [1],
        error: null,
        in_db: false,
      })
      expect((await crisper.get('/api/tasks/failed-there/')).body).toMatchObject({
        state: 'FAILURE',
        successful: false,
        result: null,
        error: 'ValueError: x',
      })
      expect((await crisper.get('/jobs/only-there/')).body).toEqual({
        task_id: 'only-there',
        state: 'SUCCESS',
      })
    })

    test('an unknown one is not found', async () => {
      expect(await crisper.get('/api/tasks/nobody-knows/')).toEqual({
        status: 404,
        body: { error: expect.stringContaining('nobody-knows') },
      })
    })
  })

  describe('POST /api/tasks/{task_id}/stop/', () => {
    test.each([
      [{ hard: 'yes' }],
      [{ hard: null }],
      [{ hard: 1 }],
      [[1]],
      ['"text"'],
      ['{"hard"'],
      [{ reason: 5 }],
    ])('the body %j is refused and nothing happens', async (body) => {
      const { status, body: answer } = await crisper.post(`/api/tasks/${ids.running}/stop/`, body)
      expect(status).toBe(400)
      expect(answer.error).toMatch(/^(hard|body|reason) /)
      expect(await crisper.task(ids.running ?? '')).toMatchObject({ state: 'PROGRESS' })
    })

    test('without a body it is a soft stop, with and without the slash', async () => {
      const [one, two] = await Promise.all(
        [1, 2].map(() => cluster.send('test.add', { x: 1, y: 2 }, { countdown: 60 })),
      )
      await crisper.untilState(one ?? '', 'SENT', 'RECEIVED')
      await crisper.untilState(two ?? '', 'SENT', 'RECEIVED')
      expect(await crisper.post(`/api/tasks/${one}/stop/`)).toMatchObject({
        status: 200,
        body: { success: true, task_id: one, action: 'soft_stop', message: expect.any(String) },
      })
      expect(
        await crisper.post(`/api/tasks/${two}/stop`, '', { 'content-type': 'application/json' }),
      ).toMatchObject({
        status: 200,
        body: { action: 'soft_stop' },
      })
      expect((await crisper.untilState(one ?? '', 'REVOKED')).error).toMatch(/^Soft stopped by /)
    })
  })

  test('GET /api/tasks/statistics/ adds up', async () => {
    const all = await crisper.statistics()
    const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0)
    expect(sum(all.by_state)).toBe(all.total)
    expect(sum(all.by_task_type)).toBe(all.total)
    expect(all.running + all.completed + all.failed + all.revoked).toBe(all.total)
    expect(all.hours_ago).toBe(24)
    expect(await crisper.statistics('company_id=4&hours_ago=2')).toMatchObject({
      total: 3,
      completed: 3,
      hours_ago: 2,
    })
    expect(await crisper.statistics('task_type=reconciliation')).toMatchObject({ total: 1 })
    expect((await crisper.get('/api/tasks/statistics')).status).toBe(200)
    expect((await crisper.get('/api/tasks/statistics/?hours_ago=x')).body.error).toMatch(/^hours_ago /)
  })

  test('GET /api/tasks/types/ lists the types, sorted', async () => {
    const { body } = await crisper.get('/api/tasks/types/')
    expect(body.task_types).toEqual([
      { value: 'email', display: 'Email' },
      { value: 'embedding', display: 'Embedding' },
      { value: 'etl', display: 'ETL Pipeline' },
      { value: 'import_template', display: 'Import Template' },
      { value: 'integration_rule', display: 'Integration Rule' },
      { value: 'ml_training', display: 'ML Training' },
      { value: 'other', display: 'Other' },
      { value: 'reconciliation', display: 'Reconciliation' },
    ])
  })

  test('the endpoints of before answer as they did', async () => {
    const { body } = await crisper.get('/jobs/?kind=etl')
    expect(body.results).toHaveLength(2)
    expect(Object.keys(body.results[0]).sort()).toEqual(
      [
        'task_id',
        'state',
        'kind',
        'queue',
        'worker',
        'created_at',
        'started_at',
        'finished_at',
        'percent',
        'total',
        'done',
        'by_category',
        'error',
      ].sort(),
    )
    expect((await crisper.get('/jobs/?limit=0')).body.results).toHaveLength(1)
    expect((await crisper.get('/jobs?limit=100000&state=FAILURE')).body.results).toHaveLength(1)
    expect((await crisper.get('/jobs/?tenant_id=4')).body.results).toHaveLength(1)
    expect((await crisper.get('/jobs/?limit=x')).status).toBe(400)
    const job = (await crisper.get(`/jobs/${ids.byNumber}/`)).body
    expect(Object.keys(job).sort()).toEqual(
      [
        'task_id',
        'state',
        'kind',
        'queue',
        'worker',
        'created_at',
        'enqueued_at',
        'started_at',
        'finished_at',
        'retries',
        'max_retries',
        'total',
        'done',
        'percent',
        'by_category',
        'result',
        'error',
      ].sort(),
    )
    expect((await crisper.get('/jobs/nobody-knows')).body).toEqual({
      task_id: 'nobody-knows',
      state: 'PENDING',
    })
  })

  test('the API describes itself, and says whether it is well', async () => {
    const { paths, openapi } = (await crisper.get('/api/openapi.json')).body
    expect(openapi).toMatch(/^3\./)
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/api/tasks/',
        '/api/tasks/{task_id}/',
        '/api/tasks/{task_id}/stop/',
        '/api/tasks/statistics/',
        '/api/tasks/types/',
        '/jobs/',
        '/jobs/{task_id}/',
        '/jobs/{task_id}/cancel/',
      ]),
    )
    const page = await fetch(`${crisper.url}/api/docs/`)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect((await fetch(`${crisper.url}/api/docs/static/swagger-ui-bundle.js`)).status).toBe(200)
    expect((await crisper.get('/healthz')).body).toMatchObject({ status: 'ok' })
    expect((await crisper.get('/readyz')).body).toMatchObject({
      ready: true,
      checks: { database: { ok: true }, broker: { ok: true }, event_stream: { ok: true } },
    })
  })

  test('POST /jobs/{task_id}/cancel/ is a hard stop', async () => {
    expect((await crisper.post(`/jobs/${ids.running}/cancel/`)).body).toEqual({
      task_id: ids.running,
      revoked: true,
    })
    expect((await crisper.untilState(ids.running ?? '', 'REVOKED')).error).toMatch(/^Hard stopped by /)
    await eventually(
      'the stop to be confirmed, and another to be refused',
      () => crisper.post(`/jobs/${ids.running}/cancel/`),
      ({ status }) => status === 409,
    )
  })
})
