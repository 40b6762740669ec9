import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApplicationDatabase, ownAndAttached } from '../harness/application-database.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'

/** The endpoints of before that speak of Celery itself. */
describe.each(ownAndAttached)('of before, on $kind, $jobs', ({ kind, jobs }) => {
  let cluster: Cluster
  let application: ApplicationDatabase | undefined
  let crisper: TestCrisper
  let failed: string
  let running: string

  beforeAll(async () => {
    cluster = await Cluster.start(kind)
    await cluster.startWorker()
    application =
      jobs === 'own table' ? undefined : await ApplicationDatabase.start(cluster.folder.path('application'))
    crisper = await TestCrisper.start([
      ...cluster.crisperFlags,
      ...(application ? ['--database', application.crisperUrl, '--jobs-table', 'core_job'] : []),
    ])
    failed = await cluster.send('test.fail', { message: 'broken' })
    await crisper.untilState(failed, 'FAILURE')
    running = await cluster.send('test.progress', { total: 600, step_seconds: 0.2 })
    await crisper.untilState(running, 'PROGRESS')
  })

  afterAll(async () => {
    await crisper?.end()
    await application?.stop()
    await cluster?.stop()
  })

  test('GET /api/celery/queues/ tells what the workers say', async () => {
    const { body: queues } = await crisper.get('/api/celery/queues/')
    expect(queues.workers).toEqual(['w1@localhost'])
    expect(queues.active['w1@localhost']).toMatchObject([{ id: running, name: 'test.progress' }])
    expect(queues.registered['w1@localhost']).toContain('test.progress')
    expect(queues.stats['w1@localhost'].pool['max-concurrency']).toBe(2)
    expect(queues).toMatchObject({ reserved: { 'w1@localhost': [] }, scheduled: { 'w1@localhost': [] } })
  })

  test('GET /api/celery/results/ lists what became of tasks', async () => {
    const { body: failures } = await crisper.get('/api/celery/results/?name=test.fail&status=FAILURE&hours=1')
    expect(failures.results).toMatchObject([
      { task_id: failed, name: 'test.fail', status: 'FAILURE', result: null, worker: 'w1@localhost' },
    ])
    expect((await crisper.get('/api/celery/results/?limit=2')).body.results).toHaveLength(2)
    expect((await crisper.get('/api/celery/results/?status=GONE')).status).toBe(400)
  })

  test('POST /api/celery/tasks/{id}/revoke/ stops what runs, and refuses what has ended', async () => {
    const sleeping = await cluster.send('test.sleep', { seconds: 60 })
    await crisper.untilState(sleeping, 'STARTED')
    const path = `/api/celery/tasks/${sleeping}/revoke/`
    expect(await crisper.post(path, { terminate: 'yes' })).toMatchObject({ status: 400 })
    expect(await crisper.post(path, { terminate: true })).toEqual({
      status: 200,
      body: { task_id: sleeping, revoked: true, terminated: true },
    })
    await crisper.untilState(sleeping, 'REVOKED')
    expect(await crisper.post(`/api/celery/tasks/${failed}/revoke/`)).toMatchObject({ status: 409 })
  })
})
