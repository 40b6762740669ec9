import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { oppositeCorners } from '../harness/corners.js'
import { eventually } from '../harness/eventually.js'
import { WithCrisper } from '../harness/with-crisper.js'

/**
 * 100,000 with the matrix. On two cores publishing them takes five minutes, and dropping them seven (Celery 5.6 writes
 * each to the result backend), so that its deadlines are minutes, too.
 */
const matrix = process.env.CRISPER_TEST_MATRIX === '1'
const many = matrix ? 100_000 : 3000
const minutes = (few: number, ofTheMatrix: number) => 60_000 * (matrix ? ofTheMatrix : few)

describe.each(oppositeCorners())('stops in bulk on $kind, Celery $celery.version', ({ kind, celery }) => {
  const here = new WithCrisper(kind, celery)

  const proof = () => `${here.cluster.folder.path('proof')}/ran`
  const ran = () => {
    try {
      return readFileSync(proof(), 'utf8').split('\n').filter(Boolean)
    } catch {
      return []
    }
  }
  const publish = (count: number, company: number, queue: string) =>
    here.cluster.publisher.sendMany(count, {
      task: 'test.touch',
      kwargs: { path: proof(), company_id: company },
      options: { queue },
    })
  const bulk = (body: object) => here.crisper.post('/api/tasks/stop/', body)
  const untilDone = (id: string, deadlineMs = minutes(1, 1)) =>
    eventually(
      'the batch to be done',
      () => here.crisper.batch(id),
      ({ status }) => status === 'done',
      deadlineMs,
    )

  test('all queued tasks of one company are stopped, none of another, over a kill -9 in the middle', {
    timeout: minutes(5, 45),
  }, async () => {
    const theirs = await publish(50, 5, 'bulk')
    await publish(many, 4, 'bulk')
    await eventually(
      'all of them to be known',
      () => here.crisper.statistics('company_id=4'),
      ({ total }) => total === many,
      minutes(1, 15),
    )

    const filter = { company_id: 4, queue: 'bulk' }
    expect(await bulk({ filter, dry_run: true })).toMatchObject({
      status: 200,
      body: { total: many, by_state: { SENT: many } },
    })
    expect(await bulk({ filter, expected: many - 10 })).toMatchObject({ status: 409 })
    const { status, body } = await bulk({
      filter,
      reason: 'wrong file',
      expected: { count: many, within: 5 },
    })
    expect({ status, total: body.total }).toEqual({ status: 202, total: many })
    await here.crash()
    await eventually(
      'the first to be armed',
      () => here.crisper.batch(body.id),
      ({ counts }) => (counts.armed ?? 0) >= Math.min(many, 3000),
      minutes(1, 7),
    )

    await here.cluster.startWorker({ queues: ['bulk'], concurrency: 2 })
    const done = await untilDone(body.id, minutes(2, 25))

    expect(done).toMatchObject({
      total: many,
      percent: 100,
      counts: { stopped: many, finished: 0, failed: 0 },
    })
    for (const id of theirs) await here.crisper.untilState(id, 'SUCCESS')
    expect(new Set(ran())).toEqual(new Set(theirs))
    expect((await here.crisper.statistics('company_id=4')).by_state).toEqual({ REVOKED: many })
  })

  test('a list of ids: known, unknown and finished ones', async () => {
    await here.cluster.startWorker({ queues: ['ids'] })
    const done = await here.cluster.send('test.add', { x: 1, y: 2 }, { queue: 'ids' })
    await here.crisper.untilState(done, 'SUCCESS')
    const running = await here.cluster.send('test.sleep', { seconds: 60 }, { queue: 'ids' })
    await here.crisper.untilState(running, 'STARTED')
    const unseen = `unseen-${kind}-${celery.version}`

    const { status, body } = await bulk({ task_ids: [done, running, unseen], hard: true })

    expect({ status, total: body.total }).toEqual({ status: 202, total: 2 })
    await here.crisper.untilState(running, 'REVOKED')
    const { counts, status: state } = await eventually(
      'the running one to be stopped',
      () => here.crisper.batch(body.id),
      ({ counts }) => counts.stopped === 1,
    )
    expect({ armed: counts.armed, state }).toEqual({ armed: 1, state: 'sent' })
    const { body: cancelled } = await here.crisper.post(`/api/stop-batches/${body.id}/cancel/`)
    expect(cancelled).toMatchObject({ status: 'cancelled', counts: { cancelled: 1, stopped: 1 } })
  })

  test('a workflow: its running task ends, and what would have followed never runs', async () => {
    await here.cluster.startWorker({ queues: ['flow'] })
    const [first = '', second = ''] = await here.cluster.publisher.chain([
      { task: 'test.sleep', kwargs: { seconds: 3 }, options: { queue: 'flow' } },
      {
        task: 'test.touch',
        kwargs: { path: `${proof()}-flow` },
        options: { queue: 'flow-2' },
        immutable: true,
      },
    ])
    await here.crisper.untilState(first, 'STARTED')

    const { body } = await bulk({ filter: { root_id: first }, reason: 'wrong input' })

    expect(body).toMatchObject({ total: 1, root_id: first })
    await here.crisper.untilState(first, 'SUCCESS')
    await here.crisper.untilState(second, 'REVOKED')
    await here.cluster.startWorker({ queues: ['flow-2'] })
    expect(await untilDone(body.id)).toMatchObject({ total: 2, counts: { finished: 1, stopped: 1 } })
    expect(ran()).not.toContain(second)
  })

  test.each([
    [{ filter: {} }, 'filter takes at least one condition'],
    [{ filter: { company: 4 } }, 'filter company is no filter of the list'],
    [{ filter: { state: 'GONE' } }, 'filter state takes one or more of'],
    [{ filter: { limit: 4 } }, 'filter limit is no filter'],
    [{}, 'body takes either filter or task_ids'],
    [{ filter: { queue: 'a' }, task_ids: ['b'] }, 'body takes either filter or task_ids'],
    [{ task_ids: 'b' }, 'task_ids takes a list'],
    [{ task_ids: ['b'], signal: 'KILL' }, 'signal goes with'],
    [{ task_ids: ['b'], hard: true, signal: 'HUP' }, 'signal takes one of TERM, QUIT, USR1, KILL'],
    [
      { task_ids: ['b'], hard: true, signal: 'TERM', escalate_after: 3 },
      'escalate_after goes without signal',
    ],
    [{ task_ids: ['b'], expected: 'many' }, 'expected takes a number'],
  ])('%j is refused', async (body, told) => {
    const answer = await bulk(body)
    expect(answer.status).toBe(400)
    expect(answer.body.error).toContain(told)
  })
})
