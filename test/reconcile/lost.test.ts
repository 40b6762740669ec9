import { describe, expect, test } from 'vitest'
import { eventually } from '../harness/eventually.js'
import { now, received, started, succeeded } from '../harness/made-events.js'
import { WithCrisper } from '../harness/with-crisper.js'

/** Milliseconds: half a minute after a connection nothing is concluded from silence, and it takes two looks. */
const patienceMs = 90_000

describe.each(['redis', 'amqp'] as const)('tasks that nobody has (%s)', (kind) => {
  const here = new WithCrisper(kind)

  const lostIds = async () =>
    (await here.crisper.list('lost=true&limit=100')).tasks.map(({ task_id }) => task_id)
  const untilLost = (ids: readonly string[]) =>
    eventually(
      `${ids.length} tasks to be lost`,
      lostIds,
      (lost) => ids.every((id) => lost.includes(id)),
      patienceMs,
    )
  const evidenceOf = async (id: string) => (await here.crisper.get(`/api/tasks/${id}/`)).body.lost_evidence

  test('20 run on a worker that is killed: all are lost, with evidence, and what comes back is healed', {
    timeout: 240_000,
  }, async () => {
    const { cluster, crisper } = here
    const worker = await cluster.startWorker({ pool: 'threads', concurrency: 20, queues: ['doomed'] })
    const send = (task: string) =>
      cluster.publisher.sendMany(10, { task, kwargs: { seconds: 600 }, options: { queue: 'doomed' } })
    const early = await send('test.sleep')
    const late = await send('test.late')
    const ids = [...early, ...late]
    for (const id of ids) await crisper.untilState(id, 'STARTED')

    await worker.kill()
    await untilLost(ids)

    expect((await crisper.list('lost=false&limit=100')).tasks.map(({ task_id }) => task_id)).toEqual([])
    expect(await crisper.statistics()).toMatchObject({ running: 20, lost: 20, by_state: { STARTED: 20 } })
    expect(await crisper.task(early[0] ?? '')).toMatchObject({ state: 'STARTED', lost: true })
    for (const id of ids) {
      expect(await evidenceOf(id)).toMatchObject({
        kind: 'worker_gone',
        worker: worker.nodeName,
        note: expect.stringMatching(
          /is gone: neither a heartbeat nor an answer since .*; the result backend says STARTED/,
        ),
      })
    }

    // Redis gives back what was not acknowledged after its visibility timeout, RabbitMQ at once.
    await cluster.startWorker({
      name: 'heir',
      pool: 'threads',
      concurrency: 20,
      queues: ['doomed'],
      env: { CELERY_VISIBILITY_TIMEOUT: '5' },
    })
    const left = await eventually(
      'those that were acknowledged late to be with the other worker',
      lostIds,
      (lost) => !late.some((id) => lost.includes(id)),
      patienceMs,
    )
    expect(left.toSorted()).toEqual(early.toSorted())
    expect(await crisper.task(late[0] ?? '')).toMatchObject({ lost: false, worker: 'heir@localhost' })
  })

  test('a live worker that does not have it', { timeout: 240_000 }, async () => {
    const { cluster, crisper, raw } = here
    const worker = await cluster.startWorker({ name: 'forgetful', queues: ['forgotten'] })
    const id = 'never-there'
    const at = now() - 60
    await raw.publish([received(id, at, worker.nodeName), started(id, at, worker.nodeName)])
    await crisper.untilState(id, 'STARTED')

    await crisper.post('/api/reconcile/')
    expect(await lostIds()).not.toContain(id)
    await untilLost([id])

    expect(await evidenceOf(id)).toMatchObject({
      kind: 'not_there',
      note: 'forgetful@localhost answers, and has said in two looks that it does not have the task; the result backend holds nothing of it.',
    })
    await raw.publish(succeeded(id, now(), worker.nodeName))
    await crisper.untilState(id, 'SUCCESS')
    expect(await lostIds()).not.toContain(id)
    expect(await evidenceOf(id)).toBeNull()
  })

  test('waiting for a rate limit, for its time or in a queue is not being lost', {
    timeout: 240_000,
  }, async () => {
    const { cluster, crisper } = here
    await cluster.startWorker({ name: 'slow', concurrency: 1, queues: ['slow'] })
    const options = { queue: 'slow' }
    const first = await cluster.send('test.limited', {}, options)
    const limited = await cluster.send('test.limited', {}, options)
    const due = await cluster.send('test.add', { x: 1, y: 2 }, { ...options, countdown: 600 })
    const queued = await cluster.send('test.add', { x: 1, y: 2 }, { queue: 'nobody' })
    await crisper.untilState(first, 'SUCCESS')
    for (const id of [limited, due]) await crisper.untilState(id, 'RECEIVED')
    await crisper.untilState(queued, 'SENT')

    // A witness that is lost shows that there were two looks since.
    const witness = `witness-${kind}`
    const at = now() - 60
    await here.raw.publish([received(witness, at, 'slow@localhost'), started(witness, at, 'slow@localhost')])
    await untilLost([witness])
    const again = `again-${kind}`
    await here.raw.publish([received(again, at, 'slow@localhost'), started(again, at, 'slow@localhost')])
    await untilLost([again])

    const lost = await lostIds()
    expect([limited, due, queued].filter((id) => lost.includes(id))).toEqual([])
  })
})
