import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { corners } from '../harness/corners.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'

describe.each(corners())('$name', ({ broker, celery, database }) => {
  let cluster: Cluster
  let postgres: TestPostgres | undefined
  let crisper: TestCrisper

  beforeAll(async () => {
    cluster = await Cluster.start(broker, celery)
    if (database === 'external') postgres = await startPostgres({ dir: cluster.folder.path('postgres') })
    crisper = await TestCrisper.start([
      '--broker',
      cluster.brokerUrl,
      '--result-backend',
      cluster.backendUrl,
      ...(postgres ? ['--database', postgres.url] : ['--data-dir', cluster.folder.path('data')]),
    ])
    // Without -E: Crisper has to turn the events on.
    await cluster.startWorker({ events: false })
    await eventually(
      'the worker to be known with its pool',
      () => crisper.get('/api/workers/'),
      ({ body }) => body.workers[0]?.pool === 'prefork',
    )
  })

  afterAll(async () => {
    expect(await crisper?.end()).toBe(0)
    await postgres?.stop()
    await cluster?.stop()
  })

  test('a task is listed with its owner, found by filters, and counted', async () => {
    const id = await cluster.send('etl.process_etl_file', { company_id: 4, tenant_id: 'acme' })
    const task = await crisper.untilState(id, 'SUCCESS')

    expect(task).toMatchObject({
      task_name: 'etl.process_etl_file',
      task_type: 'etl',
      task_type_display: 'ETL Pipeline',
      kind: 'etl',
      queue: 'celery',
      tenant_id: 'acme',
      meta: { task_type: 'etl', company_id: 4 },
      result: { rows: 120, company_id: 4 },
      error: null,
      retries: 0,
    })
    for (const query of [
      'company_id=4',
      'tenant_id=acme',
      'task_type=etl,email',
      'state=SUCCESS',
      'queue=celery',
      `search=${id}`,
    ]) {
      expect((await crisper.list(query)).tasks.map(({ task_id }) => task_id)).toContain(id)
    }
    for (const query of [
      'company_id=7',
      'tenant_id=other',
      'task_type=email',
      'state=FAILURE',
      'queue=none',
    ]) {
      expect((await crisper.list(query)).tasks.map(({ task_id }) => task_id)).not.toContain(id)
    }
    expect(await crisper.statistics('company_id=4')).toMatchObject({
      total: 1,
      completed: 1,
      by_state: { SUCCESS: 1 },
      by_task_type: { etl: 1 },
    })
  })

  test('progress is shown while it runs', async () => {
    const id = await cluster.send('test.progress', { total: 4, step_seconds: 0.3 })
    const running = await crisper.untilState(id, 'PROGRESS')
    expect(running.total).toBe(4)
    expect(running.percent).toBeGreaterThan(0)

    expect(await crisper.untilState(id, 'SUCCESS')).toMatchObject({ done: 4, percent: 100, result: 4 })
  })

  test('a failure says why', async () => {
    const id = await cluster.send('test.fail', { message: 'no column "price"' })
    expect((await crisper.untilState(id, 'FAILURE')).error).toContain('no column "price"')
    expect(await crisper.task(id)).toMatchObject({
      traceback: { text: expect.stringContaining('Traceback') },
    })
  })

  test('every retry is an attempt with its exception', async () => {
    const id = await cluster.send('test.retry', { times: 2 })
    expect((await crisper.untilState(id, 'SUCCESS')).retries).toBe(2)
    expect(await crisper.task(id)).toMatchObject({
      attempts: [
        { outcome: 'task-retried', exception: "ConnectionError('attempt 0')", redelivered: false },
        { outcome: 'task-retried', exception: "ConnectionError('attempt 1')", redelivered: false },
        { outcome: 'task-succeeded', exception: null, redelivered: false },
      ],
    })
  })

  test('a running task is terminated by a hard stop, and that is confirmed', async () => {
    const id = await cluster.send('test.sleep', { seconds: 60 })
    await crisper.untilState(id, 'STARTED')

    const answer = await crisper.stop(id, { hard: true, reason: 'a test' })

    expect(answer).toMatchObject({
      success: true,
      action: 'hard_stop',
      state: 'REVOKED',
    })
    expect(await crisper.untilStop(answer.stop.id, 'stopped')).toMatchObject({
      evidence: { event: 'task-revoked', terminated: true },
    })
    expect(await crisper.task(id)).toMatchObject({
      error: expect.stringMatching(/^Hard stopped by .*: a test$/),
    })
    expect((await cluster.publisher.result(id)).state).toBe('REVOKED')
    expect(await crisper.post(`/api/tasks/${id}/stop/`, { hard: true })).toMatchObject({
      status: 409,
      body: { success: false, task_id: id, state: 'REVOKED' },
    })
  })

  test('a soft stop lets a running task finish', async () => {
    const id = await cluster.send('test.sleep', { seconds: 1.5 })
    await crisper.untilState(id, 'STARTED')

    const answer = await crisper.stop(id)

    expect(answer).toMatchObject({ action: 'soft_stop', state: 'STARTED' })
    expect(answer.message).toContain('may finish')
    expect((await crisper.untilState(id, 'SUCCESS')).result).toBe('slept')
  })

  test('a task that waits behind others never runs after a soft stop', async () => {
    const proof = cluster.folder.path('proof')
    const busy = await Promise.all([1, 2].map(() => cluster.send('test.sleep', { seconds: 2 })))
    const id = await cluster.send('test.touch', { path: `${proof}/${broker}` })
    await crisper.untilState(id, 'SENT', 'RECEIVED')

    expect(await crisper.stop(id)).toMatchObject({ state: 'REVOKED', stop: { status: 'armed' } })
    await Promise.all(busy.map((each) => crisper.untilState(each, 'SUCCESS')))
    await eventually(
      'the worker to drop it',
      () => crisper.task(id),
      (task) => 'timeline' in task && task.timeline.some(({ type }) => type === 'task-revoked'),
    )
    expect(await crisper.task(id)).toMatchObject({
      state: 'REVOKED',
      attempts: [{ started_at: null, outcome: 'task-revoked' }],
    })
  })

  test('a finished task is not stopped, and its stored failure survives', async () => {
    const id = await cluster.send('test.fail', { message: 'kept' })
    await crisper.untilState(id, 'FAILURE')

    expect(await crisper.post(`/api/tasks/${id}/stop/`, { hard: true })).toMatchObject({
      status: 409,
      body: { success: false, state: 'FAILURE' },
    })
    expect(await cluster.publisher.result(id)).toMatchObject({
      state: 'FAILURE',
      result: expect.stringContaining('kept'),
    })
  })
})
