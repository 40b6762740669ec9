import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { workerAnswer, workersAnswer } from '../../src/http/worker-answers.js'
import { oppositeCorners } from '../harness/corners.js'
import { eventually } from '../harness/eventually.js'
import { now } from '../harness/made-events.js'
import { WithCrisper } from '../harness/with-crisper.js'

type Detail = z.output<typeof workerAnswer>
type Listed = z.output<typeof workersAnswer>['workers'][number]

/** A minute without a sign, and the time until it is noticed. */
const goneMs = 90_000

describe.each(oppositeCorners())('workers on $kind, Celery $celery.version', ({ kind, celery }) => {
  const here = new WithCrisper(kind, celery)

  const list = async (query = '') =>
    workersAnswer.parse((await here.crisper.get(`/api/workers/?${query}`)).body)
  const look = async (name: string) =>
    workerAnswer.parse((await here.crisper.get(`/api/workers/${encodeURIComponent(name)}/`)).body)
  const until = (name: string, what: string, holds: (detail: Detail) => boolean, deadlineMs?: number) =>
    eventually(`${name} ${what}`, () => look(name), holds, deadlineMs)
  const untilListed = async (name: string, holds: (worker: Listed) => boolean, deadlineMs?: number) => {
    const { workers } = await eventually(
      `${name} in the list`,
      () => list('gone=all'),
      ({ workers }) => workers.some((worker) => worker.name === name && holds(worker)),
      deadlineMs,
    )
    return workers.find((worker) => worker.name === name)
  }

  test('without a worker there is none, and one that was never heard of is not found', async () => {
    expect(await list()).toEqual({
      workers: [],
      counts: { online: 0, silent: 0, offline: 0, stopped: 0 },
      folded: 0,
    })
    expect(await here.crisper.get('/api/workers/nobody@localhost/')).toEqual({
      status: 404,
      body: { error: 'No worker nobody@localhost was heard of' },
    })
  })

  test('one that works tells what it does and how it is set up', async () => {
    await here.cluster.startWorker({ name: 'busy', queues: ['busy'], concurrency: 1 })
    const send = (options: object) =>
      here.cluster.send('test.sleep', { seconds: 60 }, { queue: 'busy', ...options })
    const running = await send({})
    await here.crisper.untilState(running, 'STARTED')
    const waiting = await send({})
    const later = await send({ countdown: 3600 })

    const detail = await until(
      'busy@localhost',
      'has all three',
      ({ active_tasks: active, reserved_tasks: reserved, scheduled_tasks: scheduled }) =>
        active?.total === 1 && reserved?.total === 1 && scheduled?.total === 1,
    )

    expect(detail).toMatchObject({
      status: 'online',
      reason: 'Its heartbeats arrive.',
      consuming: {
        consumes: true,
        queues: ['busy'],
        said_at: expect.any(String),
        last_task_at: expect.any(String),
      },
      last_heartbeat_at: expect.any(String),
      last_answer_at: expect.any(String),
      answered: true,
      problem: null,
      pool: 'prefork',
      concurrency: 1,
      processes: 1,
      prefetch: expect.any(Number),
      version: celery.version,
      restarts: 0,
      name_is_shared: false,
      uptime: expect.any(Number),
      usage: { user_seconds: expect.any(Number), max_rss: expect.any(Number) },
      started_by_name: { 'test.sleep': 1 },
      queues: [{ name: 'busy', waiting: expect.any(Number) }],
      registered: expect.arrayContaining(['test.add']),
    })
    expect(detail.active_tasks?.tasks).toMatchObject([
      { id: running, name: 'test.sleep', queue: 'busy', eta: null },
    ])
    expect(detail.reserved_tasks?.tasks).toMatchObject([{ id: waiting }])
    expect(detail.scheduled_tasks?.tasks).toMatchObject([{ id: later, eta: expect.any(String) }])
  })

  test('secrets of its configuration are masked, by name and in URLs', async () => {
    await here.cluster.startWorker({ name: 'secretive', queues: ['s'], env: { CELERY_TEST_SECRETS: '1' } })

    const { settings } = await until(
      'secretive@localhost',
      'told its settings',
      ({ settings }) => settings !== null,
    )

    expect(JSON.stringify(settings)).not.toContain('hunter2')
    expect(settings).toMatchObject({
      billing_password: expect.stringMatching(/^\*+$/),
      warehouse_links: ['postgres://etl:**@db.example/etl'],
      partner: { login: 'crisper', client_credential: '**', region: 'eu' },
      help_text: 'see https://me:**@help.example/1?credential=**',
    })
  })

  test('a busy solo worker and one without remote control: the page is there, and says what it does not know', async () => {
    await here.cluster.startWorker({ name: 'solo', pool: 'solo', queues: ['solo'] })
    // Busy, it could not be asked any more.
    await untilListed('solo@localhost', ({ pool }) => pool === 'solo')
    const id = await here.cluster.send('test.sleep', { seconds: 20 }, { queue: 'solo' })
    await eventually(
      'the task to run',
      () => here.cluster.publisher.states([id]),
      (states) => states[id] === 'STARTED',
    )

    const solo = await until('solo@localhost', 'gives no sign', ({ status }) => status === 'silent')
    expect(solo).toMatchObject({
      reason_code: 'may_be_busy',
      answered: false,
      active_tasks: null,
      pool: 'solo',
    })
    expect(solo.reason).toContain('on the solo pool a worker gives no sign while it runs a task')

    await until('solo@localhost', 'is back', ({ status }) => status === 'online', 40_000)

    const deaf = await here.cluster.startWorker({
      name: 'deaf',
      queues: ['deaf'],
      answers: false,
      env: { CELERY_WORKER_ENABLE_REMOTE_CONTROL: '0' },
    })
    const { answered, settings, queues, consuming } = await until('deaf@localhost', 'is heard', () => true)
    expect({ answered, settings, queues, consumes: consuming.consumes }).toEqual({
      answered: false,
      settings: null,
      queues: null,
      consumes: null,
    })
    expect(await untilListed('deaf@localhost', ({ status }) => status === 'online')).toMatchObject({
      reason_code: 'heartbeats',
      last_answer_at: null,
    })
    await deaf.kill()
  })

  test('one that sends no heartbeats is online as long as it answers', async () => {
    await here.cluster.startWorker({ name: 'quiet', queues: ['quiet'], args: ['--without-heartbeat'] })
    const id = await here.cluster.send('test.add', { x: 1, y: 2 }, { queue: 'quiet' })
    await here.crisper.untilState(id, 'SUCCESS')

    const quiet = await untilListed('quiet@localhost', ({ status }) => status === 'online')

    expect(quiet).toMatchObject({ reason_code: 'answers', last_heartbeat_at: null })
    expect(quiet?.consuming.last_task_at).toEqual(expect.any(String))
  })

  test('a warm shutdown is a clean stop, and a second start under the name is a restart', async () => {
    const first = await here.cluster.startWorker({ name: 'again', queues: ['again'] })
    await untilListed('again@localhost', ({ pool, status }) => status === 'online' && pool !== null)
    await first.stop()
    expect(await untilListed('again@localhost', ({ status }) => status === 'stopped')).toMatchObject({
      reason_code: 'said_goodbye',
      consuming: { consumes: false },
    })

    await here.cluster.startWorker({ name: 'again', queues: ['again'] })
    expect(await untilListed('again@localhost', ({ status }) => status === 'online')).toMatchObject({
      restarts: 1,
    })
  })

  test('two workers with one name are noticed, and count as no restart', async () => {
    await here.cluster.startWorker({ name: 'twin', queues: ['twin'] })
    await untilListed('twin@localhost', ({ status }) => status === 'online')
    const other = await here.cluster.startWorker({ name: 'twin', queues: ['twin'] })

    const twin = await untilListed('twin@localhost', ({ name_is_shared: shared }) => shared)
    expect(twin).toMatchObject({ status: 'online', restarts: 0 })

    // The goodbye of one is not that of the other.
    await other.stop()
    await untilListed('twin@localhost', ({ name_is_shared: shared }) => !shared, 60_000)
    expect(await look('twin@localhost')).toMatchObject({ status: 'online', restarts: 0 })
  })

  test('killed, it falls silent, then counts as gone, with the reason; and all of it outlives a crash of ours', async () => {
    await here.raw.publish([1, 2].map((pid) => workerEvent('made@host', 'worker-online', pid)))
    const worker = await here.cluster.startWorker({ name: 'doomed', queues: ['doomed'] })
    await untilListed('doomed@localhost', ({ pool, status }) => status === 'online' && pool !== null)
    await worker.kill()

    const silent = await untilListed('doomed@localhost', ({ status }) => status === 'silent')
    expect(silent).toMatchObject({ reason_code: 'missed_heartbeats' })
    const gone = await untilListed('doomed@localhost', ({ status }) => status === 'offline', goneMs)
    expect(gone).toMatchObject({ reason_code: 'no_sign', last_asked_at: expect.any(String) })
    expect(gone?.reason).toMatch(
      /^Nothing was heard for \d+ s, and it did not say goodbye; it did not answer when it was asked \d+ s ago\.$/,
    )

    await here.crash()
    const remembered = await untilListed('doomed@localhost', () => true)
    expect(remembered).toMatchObject({
      first_seen_at: gone?.first_seen_at,
      pool: 'prefork',
      status: 'silent',
    })
    expect(await untilListed('made@host', () => true)).toMatchObject({ restarts: 1, pid: 2 })
  }, 240_000)

  test('of 5,000 pods that came and went, the list shows those that are there', async () => {
    const pods = Array.from({ length: 5000 }, (_, n) => `pod-${n}@cluster`)
    for (const types of [['worker-online'], ['worker-offline']]) {
      for (let from = 0; from < pods.length; from += 1000) {
        await here.raw.publish(
          pods.slice(from, from + 1000).flatMap((pod) => types.map((type) => workerEvent(pod, type))),
        )
      }
    }
    await eventually(
      'all to have gone',
      () => list(),
      ({ counts }) => counts.stopped >= 5000,
      60_000,
    )

    const started = performance.now()
    const { workers, counts, folded } = await list()
    const took = performance.now() - started
    expect(workers.filter(({ status }) => status === 'stopped').length).toBeLessThanOrEqual(50)
    expect(folded).toBe(counts.stopped + counts.offline - workers.filter(isGone).length)
    expect(workers[0]?.status).not.toBe('stopped')
    console.log(`5,000 gone workers beside ${counts.online}: listed in ${took.toFixed(0)} ms`)
    expect((await list('gone=all&search=pod-4999')).workers.map(({ name }) => name)).toEqual([
      'pod-4999@cluster',
    ])
  })
})

function isGone({ status }: Listed): boolean {
  return status === 'stopped' || status === 'offline'
}

function workerEvent(hostname: string, type: string, pid = 7): object {
  const figures = { freq: 2, active: 0, processed: 3, loadavg: [0, 0, 0], sw_ver: '5.6.3', sw_sys: 'Linux' }
  return {
    type,
    hostname,
    pid,
    clock: 1,
    utcoffset: 0,
    timestamp: now(),
    sw_ident: 'py-celery',
    ...figures,
  }
}
