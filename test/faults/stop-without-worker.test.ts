import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { celeryVersions } from '../harness/celery-versions.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'

const versions = celeryVersions()
const corners = (['redis', 'amqp'] as const).flatMap((kind) =>
  [versions[0], versions.at(-1) ?? versions[0]].map((celery) => ({ kind, celery })),
)

// Workers begin with their first task before they listen to remote control, so sending a stop again when a worker is
// online comes too late. What holds is Crisper's answer to the `hello` that every worker sends before its first task.
describe.each(corners)('$kind, Celery $celery.version', ({ kind, celery }) => {
  let cluster: Cluster
  let crisper: TestCrisper

  const start = () => TestCrisper.start(cluster.crisperFlags)

  beforeAll(async () => {
    cluster = await Cluster.start(kind, celery)
    crisper = await start()
  })

  afterAll(async () => {
    expect(await crisper?.end()).toBe(0)
    await cluster?.stop()
  })

  test('a task stopped before any worker was there never runs, though Crisper restarts meanwhile', async () => {
    const proof = `${cluster.folder.path('proof')}/ran`
    const stopped = await cluster.send('test.touch', { path: proof })
    await crisper.untilState(stopped, 'SENT')
    expect(await crisper.stop(stopped, { reason: 'nobody there' })).toMatchObject({
      state: 'REVOKED',
      stop: { status: 'armed' },
    })
    const next = await cluster.send('test.add', { x: 1, y: 2 })

    await crisper.end()
    crisper = await start()
    await cluster.startWorker()

    await crisper.untilState(next, 'SUCCESS')
    const { body } = await eventually(
      'the worker to drop it',
      () => crisper.get(`/api/tasks/${stopped}/`),
      ({ body }) => body.timeline.some(({ type }: { type: string }) => type === 'task-revoked'),
    )
    expect(body).toMatchObject({
      state: 'REVOKED',
      error: expect.stringContaining('nobody there'),
      started_at: null,
      attempts: [],
    })
    expect(existsSync(proof)).toBe(false)
  })

  test('a queued task that was stopped never runs, though all workers are killed and started again', async () => {
    const path = `${cluster.folder.path('proof')}/ran-after-kill`
    const queues = ['killed']
    const options = { queue: 'killed' }
    const workers = await Promise.all([
      cluster.startWorker({ name: 'k1', queues, concurrency: 1 }),
      cluster.startWorker({ name: 'k2', queues, concurrency: 1 }),
    ])
    const busy = await Promise.all([1, 2].map(() => cluster.send('test.sleep', { seconds: 60 }, options)))
    for (const id of busy) await crisper.untilState(id, 'STARTED')
    // More than both workers prefetch: the last ones still wait in the queue.
    const stopped: string[] = []
    for (let n = 0; n < 20; n += 1) stopped.push(await cluster.send('test.touch', { path }, options))
    for (const id of stopped) await crisper.untilState(id, 'SENT', 'RECEIVED')
    const { body } = await crisper.post('/api/tasks/stop/', { task_ids: stopped, reason: 'killed' })
    await eventually(
      'all to be armed',
      () => crisper.batch(body.id),
      ({ counts }) => counts.armed === stopped.length,
    )

    for (const worker of workers) await worker.kill()
    await Promise.all([
      cluster.startWorker({ name: 'k1', queues, concurrency: 1 }),
      cluster.startWorker({ name: 'k2', queues, concurrency: 1 }),
    ])

    const next = await cluster.send('test.add', { x: 1, y: 2 }, options)
    // RabbitMQ delivers again what the busy ones had taken; on Redis that comes after the visibility timeout.
    if (kind === 'redis') await crisper.untilState(next, 'SUCCESS')
    await eventually(
      'those that waited in the queue to be dropped',
      () => crisper.batch(body.id),
      ({ counts }) => (counts.stopped ?? 0) >= 8,
      60_000,
    )
    expect(existsSync(path)).toBe(false)
  })
})
