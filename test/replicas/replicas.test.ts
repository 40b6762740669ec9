import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { webSink } from '../alerts/sinks.js'
import { Load } from '../faults/load.js'
import { statesInCrisper } from '../harness/all-tasks.js'
import { oppositeCorners } from '../harness/corners.js'
import type { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { listen } from '../harness/live.js'
import { Replicas } from './replicas.js'

const corners = [
  ...oppositeCorners().map((corner) => ({ ...corner, jobs: 'own table' as const })),
  { ...oppositeCorners()[1], kind: 'amqp' as const, jobs: 'attached' as const },
]

describe.each(corners)('three Crispers on one database ($kind, $jobs)', ({ kind, celery, jobs }) => {
  let here: Replicas
  let web: Awaited<ReturnType<typeof webSink>>

  beforeAll(async () => {
    web = await webSink()
    here = await Replicas.prepare({
      ...{ kind, celery, jobs },
      config: `alerts:\n  channels:\n    hook: {kind: webhook, url: '${web.url}/hook', secret: a-secret-of-the-tests}\n`,
    })
    await here.start()
    await Promise.all([here.start(), here.start()])
    await here.cluster.startWorker({ name: 'steady', queues: ['celery'] })
  }, 240_000)

  afterAll(async () => {
    expect(await here?.stop()).toEqual([0, 0, 0])
    await web?.close()
  })

  const follower = async () => {
    const [first] = await here.followers()
    if (first === undefined) throw new Error('nobody follows')
    return first
  }
  const untilAllSay = (truth: ReadonlyMap<string, string>, deadlineMs = 90_000) =>
    Promise.all(
      here.all.map((replica, nth) =>
        eventually(
          `number ${nth} to say what Celery says`,
          async () => {
            const states = await statesInCrisper(replica)
            return [...truth].flatMap(([id, state]) =>
              states.get(id) === state ? [] : [[id, state, states.get(id)]],
            )
          },
          ({ length }) => length === 0,
          deadlineMs,
        ),
      ),
    )
  const untilStopOnAll = (id: string, ...statuses: string[]) =>
    Promise.all(
      here.all.map((replica) =>
        eventually(
          `stop ${id} to be ${statuses}`,
          () => replica.stopRequest(id),
          ({ status }) => statuses.includes(status),
          60_000,
        ),
      ),
    )

  test('one leads, all are ready, and each answers the same', { timeout: 180_000 }, async () => {
    const { publisher } = here.cluster
    const ids = {
      SUCCESS: await publisher.sendMany(100, { task: 'test.add', kwargs: { x: 1, y: 2 } }),
      FAILURE: await publisher.sendMany(20, { task: 'test.fail', kwargs: { message: 'as wanted' } }),
    }
    const retried = await publisher.sendMany(10, { task: 'test.retry', kwargs: { times: 2 } })
    const truth = new Map(
      Object.entries({ ...ids, SUCCESS: [...ids.SUCCESS, ...retried] }).flatMap(([state, all]) =>
        all.map((id) => [id, state] as const),
      ),
    )
    await untilAllSay(truth)

    const leader = await here.leader()
    const answers = async (replica: TestCrisper) => ({
      task: await replica.task(retried[0] ?? ''),
      statistics: await replica.statistics(),
      ready: (await replica.get('/readyz')).status,
    })
    for (const replica of here.all) {
      expect(await answers(replica)).toEqual(await answers(leader))
      const metrics = await (await fetch(`${replica.url}/metrics`)).text()
      expect(metrics).toContain(`crisper_leader ${replica === leader ? 1 : 0}\n`)
      const reads: unknown = (await replica.get('/api/ingest/')).body.reads_events
      if (kind === 'redis') expect(reads).toBe(replica === leader)
    }
    expect(await leader.task(retried[0] ?? '')).toMatchObject({ retries: 2 })
  })

  test.runIf(kind === 'amqp')('one reads all while it keeps up, and says so', async () => {
    const reading = async () => {
      const reads = await Promise.all(
        here.all.map(async (replica) => (await replica.get('/api/ingest/')).body.reads_events === true),
      )
      return here.all.filter((_, nth) => reads[nth])
    }
    const read = () => Promise.all(here.all.map((replica) => replica.eventsRead()))
    const before = await read()
    const ids = await here.cluster.publisher.sendMany(50, { task: 'test.add', kwargs: { x: 1, y: 2 } })
    await untilAllSay(new Map(ids.map((id) => [id, 'SUCCESS'])))

    const since = (await read()).map((events, nth) => events - (before[nth] ?? 0))
    expect(await reading()).toEqual(here.all.filter((_, nth) => (since[nth] ?? 0) > 0))
    expect(await reading()).toHaveLength(1)
  })

  test('each knows the workers, and what they run', { timeout: 120_000 }, async () => {
    const id = await here.cluster.send('test.sleep', { seconds: 8 })
    await Promise.all(
      here.all.map((replica) =>
        eventually(
          'the worker to be busy',
          async () => (await replica.get('/api/workers/')).body.workers,
          (workers) =>
            workers.length === 1 &&
            workers[0].status === 'online' &&
            workers[0].pool === 'prefork' &&
            workers[0].active === 1,
        ),
      ),
    )
    await (await follower()).untilState(id, 'SUCCESS')
  })

  test('whoever listens to one is told what another has written', { timeout: 120_000 }, async () => {
    const streams = await Promise.all(here.all.map((replica) => listen(replica, '')))
    const ids = await here.cluster.publisher.sendMany(20, { task: 'test.add', kwargs: { x: 1, y: 2 } })
    for (const { statesOf, close } of streams) {
      await eventually(
        'the end of each task to be told',
        async () => ids.filter((id) => !statesOf(id).includes('SUCCESS')),
        ({ length }) => length === 0,
      )
      await close()
    }
  })

  test('a running task is stopped by one that does not lead', { timeout: 120_000 }, async () => {
    for (const replica of await here.followers()) {
      const id = await here.cluster.send('test.sleep', { seconds: 60 })
      await replica.untilState(id, 'STARTED')

      const { stop } = await replica.stop(id, { hard: true })

      await untilStopOnAll(stop.id, 'stopped')
      const told = await replica.stopRequest(stop.id)
      expect(told.sendings.filter(({ why }) => why === 'request')).toHaveLength(1)
      expect(told.evidence).toMatchObject({ event: 'task-revoked', terminated: true })
      await Promise.all(here.all.map((each) => each.untilState(id, 'REVOKED')))
    }
  })

  test('what is stopped before it starts is remembered by all, one by one and many at once', {
    timeout: 240_000,
  }, async () => {
    const replica = await follower()
    const publish = (count: number) =>
      here.cluster.publisher.sendMany(count, {
        task: 'test.add',
        kwargs: { x: 1, y: 2 },
        options: { queue: 'later' },
      })
    const [single = ''] = await publish(1)
    const many = await publish(400)
    for (const id of [single, many.at(-1) ?? '']) await replica.untilState(id, 'SENT')

    const { stop } = await replica.stop(single)
    await untilStopOnAll(stop.id, 'armed')
    const { status, body } = await replica.post('/api/tasks/stop/', { task_ids: many })
    expect({ status, body }).toMatchObject({ status: 202, body: { total: 400 } })
    await eventually(
      'all of them to be sent',
      () => replica.batch(body.id),
      ({ counts }) => counts.armed === 400,
    )

    await here.cluster.startWorker({ name: 'later', queues: ['later'] })
    await untilStopOnAll(stop.id, 'stopped')
    for (const each of here.all) {
      await eventually(
        'all of them to be stopped',
        () => each.batch(body.id),
        ({ counts }) => counts.stopped === 400,
        90_000,
      )
    }
    await untilAllSay(new Map([single, ...many].map((id) => [id, 'REVOKED'])))
  })

  test('a batch is taken back by another than was asked for it', { timeout: 120_000 }, async () => {
    const [one, other] = await here.followers()
    if (one === undefined || other === undefined) throw new Error('two follow')
    const ids = await here.cluster.publisher.sendMany(50, {
      task: 'test.add',
      kwargs: { x: 1, y: 2 },
      options: { queue: 'never' },
    })
    await one.untilState(ids.at(-1) ?? '', 'SENT')
    const { body } = await one.post('/api/tasks/stop/', { task_ids: ids })
    await eventually(
      'all of them to be sent',
      () => other.batch(body.id),
      ({ counts }) => counts.armed === 50,
    )

    await other.post(`/api/stop-batches/${body.id}/cancel/`)

    expect((await one.batch(body.id)).counts).toMatchObject({ cancelled: 50, armed: 0 })
    await untilAllSay(new Map(ids.map((id) => [id, 'SENT'])))
  })

  test('what must happen once does: a lost task is found once, and told once', {
    timeout: 240_000,
  }, async () => {
    const rule = { name: 'lost', condition: { kind: 'lost_tasks', more_than: 0 }, fires_after: 0 }
    const made = await (await follower()).post('/api/alert-rules/', {
      ...rule,
      resolves_after: 0,
      channels: ['hook'],
    })
    expect(made).toMatchObject({ status: 201 })
    const doomed = await here.cluster.startWorker({ name: 'doomed', queues: ['doomed'] })
    const id = await here.cluster.send('test.sleep', { seconds: 600 }, { queue: 'doomed' })
    await (await follower()).untilState(id, 'STARTED')

    await doomed.kill()

    await eventually(
      'the task to be lost',
      () => Promise.all(here.all.map(async (each) => (await each.list('lost=true')).tasks.length)),
      (found) => found.every((n) => n === 1),
      120_000,
    )
    await eventually(
      'the alert to be told',
      async () => web.to('/hook').length,
      (n) => n > 0,
      60_000,
    )
    const reports = here.all.flatMap(
      (each) => each.log().match(/"lost":1\b.*reconciled with what Celery knows/g) ?? [],
    )
    expect(reports).toHaveLength(1)
    const notices = await here.pool.query(
      `select count(*)::int as n from alert_notice join alert on alert.id = alert_id where rule_name = 'lost' and event = 'fired'`,
    )
    expect(notices.rows).toEqual([{ n: 1 }])
    expect(web.to('/hook')).toHaveLength(1)
    const { rows: twice } = await here.pool.query(`
      select queue, at from (
        select queue, at, lag(at) over (partition by queue order by at) as before from queue_sample) as s
       where at < before + interval '30 s'`)
    expect(twice).toEqual([])
  })

  test('the leader is killed under load: another takes over, and in the end all is as Celery says', {
    timeout: 400_000,
  }, async ({ annotate }) => {
    const load = new Load(here.cluster)
    await load.more(100)
    const killed = await here.leader()
    const killedAt = Date.now()
    await killed.kill()
    const leader = await here.leader(10_000)
    await annotate(`another led ${Date.now() - killedAt} ms after the kill -9`)
    await load.more(100)

    const running = await here.cluster.send('test.sleep', { seconds: 60 })
    const replica = await follower()
    await replica.untilState(running, 'STARTED')
    const { stop } = await replica.stop(running, { hard: true })
    await untilStopOnAll(stop.id, 'stopped')
    await load.more(50)
    await load.stop()

    const succeeded = await load.succeeded()
    expect(succeeded).toEqual(load.published)
    await untilAllSay(new Map(succeeded.map((id) => [id, 'SUCCESS'])), 180_000)
    const { gaps } = (await leader.get('/api/gaps/')).body
    const takeovers = gaps.filter(({ note }: { note: string }) => note.includes('another took over'))
    if (kind === 'redis') {
      expect(takeovers).toMatchObject([{ kind: 'outage', lossy: true }])
      expect(takeovers[0].seconds).toBeLessThan(20)
    } else expect(gaps.filter(({ lossy }: { lossy: boolean }) => lossy)).toEqual([])
    await here.start()
    expect(await here.leader()).toBe(leader)
  })

  test('a stop whose Crisper is killed at once is followed by the leader', { timeout: 120_000 }, async () => {
    const replica = await follower()
    const leader = await here.leader()
    const id = await here.cluster.send('test.add', { x: 1, y: 2 }, { queue: 'nobody' })
    await replica.untilState(id, 'SENT')
    const asked = replica.post(`/api/tasks/${id}/stop/`, {}).catch(() => undefined)
    const [stop] = await eventually(
      'the stop to be written down',
      async () => (await leader.get(`/api/stops/?task_id=${id}`)).body.stops,
      ({ length }) => length === 1,
    )
    await replica.kill()
    await asked

    await untilStopOnAll(stop.id, 'armed')
    expect((await leader.stopRequest(stop.id)).sent_count).toBeGreaterThan(0)
    await here.start()
  })

  test('a stop that was only written down is sent by the leader', { timeout: 120_000 }, async () => {
    const id = await here.cluster.send('test.add', { x: 1, y: 2 }, { queue: 'nobody' })
    await (await here.leader()).untilState(id, 'SENT')

    const { rows } = await here.pool.query(
      `insert into stop_request
              (id, task_id, mode, status, requested_by, requested_at, known, prior_state, replies, explanation)
       values (gen_random_uuid(), $1, 'soft', 'requested', 'ana', now(), true, 'SENT', '[]', 'Asked for, not yet sent.')
       returning id`,
      [id],
    )
    await untilStopOnAll(rows[0].id, 'armed')
    await Promise.all(here.all.map((each) => each.untilState(id, 'REVOKED')))
    expect((await (await follower()).stopRequest(rows[0].id)).sendings).toMatchObject([{ why: 'request' }])
  })
})
