import { describe, expect, test } from 'vitest'
import { hasGreenPool } from '../harness/celery-versions.js'
import { oppositeCorners } from '../harness/corners.js'
import { eventually } from '../harness/eventually.js'
import { WithCrisper } from '../harness/with-crisper.js'

describe.each(oppositeCorners())('stops by pool on $kind, Celery $celery.version', ({ kind, celery }) => {
  const here = new WithCrisper(kind, celery)

  const running = async (queue: string, seconds: number) => {
    const id = await here.cluster.send('test.sleep', { seconds }, { queue })
    await here.crisper.untilState(id, 'STARTED')
    return id
  }

  test.each(['threads', 'solo'] as const)('%s: refused before anything is sent', async (pool) => {
    const { nodeName } = await here.cluster.startWorker({ pool, queues: [pool] })
    await eventually(
      'its pool to be known',
      async () => (await here.crisper.get('/api/workers/')).body.workers,
      (workers) =>
        workers.some(
          (worker: { name: string; pool: string | null }) => worker.name === nodeName && worker.pool === pool,
        ),
    )
    // A busy solo worker sends its events when it is through: the result backend knows before.
    const id = await here.cluster.send('test.sleep', { seconds: 4 }, { queue: pool })
    await eventually(
      `${id} to run`,
      () => here.crisper.task(id),
      (task) => (task.in_db && task.live_state === 'STARTED') || task.state === 'STARTED',
    )

    const { status, body } = await here.crisper.post(`/api/tasks/${id}/stop/`, { hard: true })

    expect(status).toBe(409)
    expect(body.error).toMatch(new RegExp(`${pool} pool can't terminate .* soft stop .* restart that worker`))
    const { body: preview } = await here.crisper.get(`/api/tasks/${id}/stop-preview/?hard=true`)
    expect(preview).toMatchObject({ pool, can_terminate: false, will: { possible: false } })
    expect((await here.crisper.get(`/api/stops/?task_id=${id}`)).body.total).toBe(0)
    await here.crisper.untilState(id, 'SUCCESS')
  })

  const green = (['gevent', 'eventlet'] as const).map((pool) => ({
    pool,
    there: hasGreenPool(celery, pool),
  }))

  describe.each(green)('$pool', ({ pool, there }) =>
    test.skipIf(!there)('killed, or refused where Celery has no means', async () => {
      await here.cluster.startWorker({ pool, queues: [pool] })
      const id = await running(pool, 6)

      const { status, body } = await here.crisper.post(`/api/tasks/${id}/stop/`, { hard: true })

      // gevent has no terminate_job before Celery 5.5.
      if (pool === 'gevent' && celery.version < '5.5') {
        expect(status).toBe(409)
        await here.crisper.untilState(id, 'SUCCESS')
        return
      }
      expect(status).toBe(200)
      expect(await here.crisper.untilStop(body.stop.id, 'stopped')).toMatchObject({
        target: { pool, child_pid: null },
        evidence: { event: 'task-revoked', terminated: true },
      })
      expect((await here.crisper.untilState(id, 'REVOKED')).error).toMatch(/^Hard stopped by /)
    }),
  )

  test('prefork that remaps SIGTERM: TERM by hand is never called stopped, the plain stop is', async () => {
    await here.cluster.startWorker({ queues: ['remapped'], env: { REMAP_SIGTERM: 'SIGQUIT' } })
    const byHand = await running('remapped', 5)

    const { stop } = await here.crisper.stop(byHand, { hard: true, signal: 'TERM' })

    expect(stop.status).toBe('sent')
    expect(await here.crisper.untilStop(stop.id, 'finished', 'stopped')).toMatchObject({
      status: 'finished',
      evidence: { event: 'task-succeeded' },
      explanation: expect.stringContaining('succeeded'),
    })
    await here.crisper.untilState(byHand, 'SUCCESS')

    const plain = await running('remapped', 60)
    const { stop: plainStop } = await here.crisper.stop(plain, { hard: true })
    expect(await here.crisper.untilStop(plainStop.id, 'stopped')).toMatchObject({
      evidence: { terminated: true },
    })
  })

  test('an abortable task ends itself at a safe point, on a cooperative soft stop', async () => {
    await here.cluster.startWorker({ queues: ['abortable'] })
    const id = await here.cluster.send('test.abortable', { seconds: 30 }, { queue: 'abortable' })
    await here.crisper.untilState(id, 'STARTED')

    const { stop } = await here.crisper.stop(id, { cooperative: true })

    expect(await here.crisper.untilStop(stop.id, 'finished')).toMatchObject({
      cooperative: true,
      evidence: { event: 'task-succeeded' },
    })
    expect(await here.crisper.task(id)).toMatchObject({ state: 'SUCCESS', result: 'aborted' })
  })
})
