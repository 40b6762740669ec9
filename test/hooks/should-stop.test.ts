import { beforeAll, describe, expect, test } from 'vitest'
import { hasGreenPool } from '../harness/celery-versions.js'
import { oppositeCorners } from '../harness/corners.js'
import { eventually } from '../harness/eventually.js'
import { WithCrisper } from '../harness/with-crisper.js'

const pools = ['prefork', 'threads', 'solo'] as const

describe.each(oppositeCorners())('should_stop on $kind, Celery $celery.version', ({ kind, celery }) => {
  const rig = new WithCrisper(kind, celery)
  beforeAll(async () => {
    for (const pool of pools) await rig.cluster.startWorker({ app: 'hooked_app', pool, queues: [pool] })
  })

  /** A task that runs until it shall stop, and has begun to. Other tests' workers take from other queues. */
  const start = async (queue: string, kwargs: object = {}) => {
    const id = await rig.cluster.send('hooked.until_stopped', kwargs, { queue })
    // The events of a solo worker wait until it is through, its result backend does not; without one there are only events.
    const begun = await Promise.any([
      rig.crisper.untilState(id, 'STARTED'),
      eventually(
        'the start',
        () => rig.cluster.publisher.result(id),
        ({ state }) => state === 'STARTED' || state === 'PROGRESS',
      ),
    ])
    expect(begun).toBeDefined()
    return id
  }
  const stopGreen = async (pool: 'gevent' | 'eventlet') => {
    const env = { CELERY_RESULT_BACKEND: 'disabled://' }
    await rig.cluster.startWorker({ app: 'hooked_app', pool, queues: [pool], env })
    const id = await start(pool)
    await rig.crisper.stop(id)
    await untilStopped(id)
  }
  const untilStopped = async (id: string) => {
    await rig.crisper.untilState(id, 'SUCCESS')
    expect(await rig.crisper.task(id)).toMatchObject({ state: 'SUCCESS', result: 'stopped' })
  }

  test.each(pools)('a cooperative soft stop ends a running task on %s', async (pool) => {
    const id = await start(pool)

    const { stop } = await rig.crisper.stop(id, { cooperative: true })

    await untilStopped(id)
    await rig.crisper.untilStop(stop.id, 'finished')
  })

  test.each(['prefork', 'threads'])('so does any soft stop on %s', async (pool) => {
    const id = await start(pool)
    await rig.crisper.stop(id)
    await untilStopped(id)
  })

  test.skipIf(!hasGreenPool(celery, 'gevent'))('so it does on gevent', () => stopGreen('gevent'))
  test.skipIf(!hasGreenPool(celery, 'eventlet'))('so it does on eventlet', () => stopGreen('eventlet'))

  test('it stops the one that was meant', async () => {
    const [one, other] = [await start('prefork'), await start('prefork')]

    await rig.crisper.stop(one)
    await untilStopped(one)

    expect(await rig.crisper.task(other)).toMatchObject({ state: 'STARTED' })
    await rig.crisper.stop(other)
    await untilStopped(other)
  })

  test('a task that overwrites its own state hears of it all the same', async () => {
    const id = await start('prefork', { overwrite: true })
    await rig.crisper.stop(id, { cooperative: true })
    await untilStopped(id)
  })

  test("Celery's own abort() is heard", async () => {
    const id = await start('solo')
    await rig.cluster.publisher.abort(id)
    await untilStopped(id)
  })

  test.each(['rpc://', 'disabled://'])('a soft stop is heard with the result backend %s', async (backend) => {
    const queue = backend.slice(0, -3)
    await rig.cluster.startWorker({
      app: 'hooked_app',
      queues: [queue],
      env: { CELERY_RESULT_BACKEND: backend },
      // Each task in a process that was forked after the worker had begun.
      args: ['--max-tasks-per-child', '1'],
    })
    for (let nth = 0; nth < 3; nth += 1) {
      const id = await start(queue)
      await rig.crisper.stop(id)
      await untilStopped(id)
    }
  })

  test('a soft time limit that strikes inside a hook reaches the task', async () => {
    const options = { queue: 'prefork', soft_time_limit: 1 }
    const ids = await Promise.all(
      [1, 2, 3, 4].map(() => rig.cluster.send('hooked.busy', { seconds: 8 }, options)),
    )
    for (const id of ids) {
      const { error } = await rig.crisper.untilState(id, 'SUCCESS', 'FAILURE')
      expect(error).toContain('SoftTimeLimitExceeded')
    }
  })

  test('a task that nobody stops runs to its end', async () => {
    const id = await start('prefork', { seconds: 2.5 })
    await rig.crisper.untilState(id, 'SUCCESS')
    expect(await rig.crisper.task(id)).toMatchObject({ result: 'done' })
  })
})
