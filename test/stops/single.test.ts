import { existsSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { isAlive } from '../../scripts/services/process.mjs'
import { oppositeCorners } from '../harness/corners.js'
import { eventually } from '../harness/eventually.js'
import { WithCrisper } from '../harness/with-crisper.js'

describe.each(oppositeCorners())('stops on $kind, Celery $celery.version', ({ kind, celery }) => {
  const here = new WithCrisper(kind, celery)

  beforeAll(async () => {
    await here.cluster.startWorker({ concurrency: 2 })
  })

  const running = async (task: string, kwargs: object, options = {}) => {
    const id = await here.cluster.send(task, kwargs, options)
    await here.crisper.untilState(id, 'STARTED')
    return id
  }
  const proof = (name: string) => `${here.cluster.folder.path('proof')}/${name}`
  const preview = async (id: string) =>
    (await here.crisper.get(`/api/tasks/${id}/stop-preview/?hard=true`)).body
  const detail = async (id: string) => (await here.crisper.get(`/api/tasks/${id}/`)).body

  const pidOf = ({ target }: { target: { child_pid: number | null } | null }) => {
    if (target?.child_pid == null) throw new Error('the stop names no process')
    return target.child_pid
  }

  test('a reserved task and one with an ETA are revoked at once, and never run', async () => {
    const busy = await Promise.all([
      running('test.sleep', { seconds: 3 }),
      running('test.sleep', { seconds: 3 }),
    ])
    const reserved = await here.cluster.send('test.touch', { path: proof('reserved') })
    const eta = await here.cluster.send('test.touch', { path: proof('eta') }, { countdown: 6 })
    await here.crisper.untilState(reserved, 'RECEIVED')
    await here.crisper.untilState(eta, 'RECEIVED')
    expect(await preview(reserved)).toMatchObject({ place: 'reserved', worker: 'w1@localhost' })
    expect(await preview(eta)).toMatchObject({ place: 'scheduled', eta: expect.any(String) })

    const stops = await Promise.all([here.crisper.stop(reserved), here.crisper.stop(eta)])

    expect(stops).toMatchObject([
      { state: 'REVOKED', stop: { status: 'armed' } },
      { state: 'REVOKED', stop: { status: 'armed' } },
    ])
    for (const { stop } of stops) {
      expect(await here.crisper.untilStop(stop.id, 'stopped')).toMatchObject({
        evidence: { event: 'task-revoked', terminated: false },
      })
    }
    expect([existsSync(proof('reserved')), existsSync(proof('eta'))]).toEqual([false, false])
    for (const id of busy) await here.crisper.untilState(id, 'SUCCESS')
  })

  test('a running task, soft: it finishes, and the stop says so', async () => {
    const id = await running('test.sleep', { seconds: 2 })
    expect(await preview(id)).toMatchObject({
      place: 'running',
      pool: 'prefork',
      can_terminate: true,
      acknowledged_late: false,
      running_seconds: expect.any(Number),
    })

    const { stop, state } = await here.crisper.stop(id, { reason: 'not needed' })

    expect({ state, status: stop.status }).toEqual({ state: 'STARTED', status: 'armed' })
    expect(await here.crisper.untilStop(stop.id, 'finished')).toMatchObject({
      evidence: { event: 'task-succeeded' },
    })
    expect(await here.crisper.task(id)).toMatchObject({
      state: 'SUCCESS',
      stop: { id: stop.id, status: 'finished' },
    })
  })

  test('a running task, soft: its retry never runs', async () => {
    const id = await running('test.slow_retry', { seconds: 2, path: proof('retry') })

    const { stop } = await here.crisper.stop(id)

    expect(await here.crisper.untilStop(stop.id, 'stopped')).toMatchObject({
      evidence: { event: 'task-revoked' },
    })
    expect(await here.crisper.task(id)).toMatchObject({ state: 'REVOKED' })
    expect(existsSync(proof('retry'))).toBe(false)
  })

  test('a running task, hard: its process is gone, others go on', async () => {
    const other = await running('test.sleep', { seconds: 4 })
    const id = await running('test.sleep', { seconds: 60 })

    const answer = await here.crisper.stop(id, { hard: true, reason: 'runaway' })

    expect(answer).toMatchObject({ state: 'REVOKED' })
    expect(await here.crisper.untilStop(answer.stop.id, 'stopped')).toMatchObject({
      target: { worker: 'w1@localhost', pool: 'prefork', child_pid: expect.any(Number) },
      evidence: { event: 'task-revoked', terminated: true, check: expect.stringContaining('is gone') },
    })
    expect(isAlive(pidOf(answer.stop))).toBe(false)
    expect((await here.cluster.publisher.result(id)).state).toBe('REVOKED')
    expect(await here.crisper.task(id)).toMatchObject({ error: expect.stringContaining('runaway') })
    expect(await here.crisper.untilState(other, 'SUCCESS')).toMatchObject({ state: 'SUCCESS' })
  })

  test('one that ignores SIGTERM is not called stopped; it says later that it was not', async () => {
    const id = await running('test.ignore_sigterm', { seconds: 12 })

    const { stop } = await here.crisper.stop(id, { hard: true })

    expect(stop).toMatchObject({ status: 'sent' })
    expect(isAlive(pidOf(stop))).toBe(true)
    await here.crisper.untilState(id, 'STARTED')
    expect((await here.crisper.stopRequest(stop.id)).explanation).toMatch(/^Not confirmed: process \d+ on w1/)
    expect(await here.crisper.untilStop(stop.id, 'finished')).toMatchObject({
      evidence: { event: 'task-succeeded' },
    })
    expect(await here.crisper.task(id)).toMatchObject({ state: 'SUCCESS' })
  })

  test('one that ignores SIGTERM is killed after the time it is given', async () => {
    const id = await running('test.ignore_sigterm', { seconds: 60 })
    const begun = Date.now()

    const { stop } = await here.crisper.stop(id, { hard: true, escalate_after: 3 })

    expect(stop).toMatchObject({ status: 'armed', explanation: expect.stringContaining('3 s') })
    const ended = await here.crisper.untilStop(stop.id, 'stopped')
    expect(ended.sendings.map(({ why, signal }) => ({ why, signal }))).toEqual([
      { why: 'request', signal: null },
      { why: 'escalation', signal: 'KILL' },
    ])
    expect(Date.parse(ended.escalated_at ?? '') - begun).toBeGreaterThan(2500)
    expect(isAlive(pidOf(ended))).toBe(false)
    expect(await here.crisper.untilState(id, 'REVOKED')).toMatchObject({ state: 'REVOKED' })
  })

  test('SIGUSR1 lets a task clean up', async () => {
    const id = await running('test.sleep', { seconds: 60 })

    const { stop } = await here.crisper.stop(id, { hard: true, signal: 'SIGUSR1' })

    expect(await here.crisper.untilStop(stop.id, 'stopped')).toMatchObject({
      signal: 'USR1',
      evidence: { event: 'task-failed' },
      explanation: expect.stringContaining('SoftTimeLimitExceeded'),
    })
    expect(await here.crisper.untilState(id, 'FAILURE')).toMatchObject({ state: 'FAILURE' })
  })

  test('acks_late with reject_on_worker_lost, hard: not run again', async () => {
    const id = await running('test.late', { seconds: 60 })
    expect(await preview(id)).toMatchObject({ acknowledged_late: true })

    const { stop, state } = await here.crisper.stop(id, { hard: true })

    expect(state).toBe('REVOKED')
    await here.crisper.untilStop(stop.id, 'stopped')
    const next = await here.cluster.send('test.add', { x: 1, y: 2 })
    await here.crisper.untilState(next, 'SUCCESS')
    expect(await detail(id)).toMatchObject({ state: 'REVOKED', attempts: [{ outcome: 'task-revoked' }] })
  })

  test('a finished task is refused, and its failure stays as it was', async () => {
    const failed = await here.cluster.send('test.fail', { message: 'broken' })
    const done = await here.cluster.send('test.add', { x: 1, y: 2 })
    await here.crisper.untilState(failed, 'FAILURE')
    await here.crisper.untilState(done, 'SUCCESS')
    const before = await here.cluster.publisher.result(failed)

    for (const id of [failed, done]) {
      for (const hard of [false, true]) {
        expect(await here.crisper.post(`/api/tasks/${id}/stop/`, { hard })).toMatchObject({
          status: 409,
          body: { success: false, state: id === failed ? 'FAILURE' : 'SUCCESS' },
        })
      }
    }
    expect(await preview(done)).toMatchObject({ place: 'finished', soft: { possible: false } })
    expect(await here.cluster.publisher.result(failed)).toEqual(before)
    expect(before.state).toBe('FAILURE')
  })

  test('an id that nobody has seen: it never runs when it turns up', async () => {
    const id = `unseen-${kind}-${celery.version}`
    const { stop } = await here.crisper.stop(id, { reason: 'not yet there' })
    expect(stop).toMatchObject({ known: false, status: 'armed' })

    await here.cluster.send('test.touch', { path: proof('unseen') }, { task_id: id })

    await here.crisper.untilStop(stop.id, 'stopped')
    expect(await here.crisper.task(id)).toMatchObject({
      state: 'REVOKED',
      error: expect.stringContaining('not yet there'),
    })
    expect(existsSync(proof('unseen'))).toBe(false)
  })

  test('ten people stop the same task at once: one signal, ten answers', async () => {
    const id = await running('test.sleep', { seconds: 60 })

    const answers = await Promise.all(Array.from({ length: 10 }, () => here.crisper.stop(id, { hard: true })))

    expect(new Set(answers.map(({ stop }) => stop.id)).size).toBe(10)
    expect(answers.map(({ state }) => state)).toEqual(Array(10).fill('REVOKED'))
    for (const { stop } of answers) await here.crisper.untilStop(stop.id, 'stopped')
    const { body } = await here.crisper.get(`/api/stops/?task_id=${id}`)
    expect(body.total).toBe(10)
    const entries = (await detail(id)).timeline.map(({ type }: { type: string }) => type)
    expect(entries.filter((type: string) => type === 'task-revoked')).toHaveLength(1)
    expect(entries.filter((type: string) => type === 'stop-requested')).toHaveLength(10)
  })

  test('an armed stop is taken back', async () => {
    const id = await here.cluster.send('test.touch', { path: proof('cancelled') }, { queue: 'later' })
    await here.crisper.untilState(id, 'SENT')
    const { stop, state } = await here.crisper.stop(id)
    expect(state).toBe('REVOKED')

    const { status, body } = await here.crisper.post(`/api/stops/${stop.id}/cancel/`)

    expect({ status, body }).toMatchObject({
      status: 200,
      body: { status: 'cancelled', explanation: expect.stringContaining('w1@localhost remember the revoke') },
    })
    expect(await here.crisper.untilState(id, 'SENT')).toMatchObject({
      error: null,
      stop: { status: 'cancelled' },
    })
    expect((await here.crisper.post(`/api/stops/${stop.id}/cancel/`)).status).toBe(409)
  })

  test('a worker started after the stop was sent is told', async () => {
    const id = await here.cluster.send('test.touch', { path: proof('restart') }, { queue: 'restarting' })
    await here.crisper.untilState(id, 'SENT')
    const { stop } = await here.crisper.stop(id)
    await here.cluster.startWorker({ queues: ['restarting'] })
    await eventually(
      'the stop to be confirmed',
      () => here.crisper.stopRequest(stop.id),
      ({ status }) => status === 'stopped',
    )
    expect(existsSync(proof('restart'))).toBe(false)
  })
})
