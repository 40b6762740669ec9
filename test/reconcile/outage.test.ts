import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../cli/run-cli.js'
import { Load } from '../faults/load.js'
import { statesInCrisper } from '../harness/all-tasks.js'
import { ApplicationDatabase, ownAndAttached } from '../harness/application-database.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'

/** For how long Crisper is off at least, and how many tasks are published meanwhile. */
const { offMs, perSecond } =
  process.env.CRISPER_TEST_MATRIX === '1' ? { offMs: 60_000, perSecond: 500 } : { offMs: 5000, perSecond: 50 }

describe.each(ownAndAttached)('Crisper is off under load ($kind, $jobs)', ({ kind, jobs }) => {
  let application: ApplicationDatabase | undefined
  let cluster: Cluster
  let crisper: TestCrisper

  const start = () =>
    TestCrisper.start([
      ...cluster.crisperFlags,
      ...(application ? ['--database', application.crisperUrl, '--jobs-table', 'core_job'] : []),
    ])

  beforeAll(async () => {
    cluster = await Cluster.start(kind)
    application =
      jobs === 'own table' ? undefined : await ApplicationDatabase.start(cluster.folder.path('application'))
    await cluster.startWorker()
    crisper = await start()
  })

  afterAll(async () => {
    expect(await crisper?.end()).toBe(0)
    await application?.stop()
    await cluster?.stop()
  })

  test('afterwards every task is what Celery says, and the gap is shown', { timeout: 900_000 }, async ({
    annotate,
  }) => {
    const load = new Load(cluster, perSecond)
    await load.more(50)
    const long = await cluster.send('test.sleep', { seconds: 3 })
    await crisper.untilState(long, 'STARTED')

    const offAt = Date.now()
    await crisper.kill()
    const before = load.published.length
    const failing = await cluster.publisher.sendMany(20, {
      task: 'test.fail',
      kwargs: { message: 'while nobody listened' },
    })
    await eventually(
      'some time to pass',
      async () => Date.now() - offAt,
      (ms) => ms > offMs,
      offMs + 20_000,
    )
    const published = load.published.length - before
    const publishedPerSecond = Math.round((published * 1000) / (Date.now() - offAt))
    crisper = await start()
    const onAt = Date.now()

    await load.more(50)
    await load.stop()
    const truth = new Map([...(await load.succeeded()), long].map((id) => [id, 'SUCCESS']))
    expect(truth.size).toBe(load.published.length + 1)
    for (const id of failing) truth.set(id, 'FAILURE')
    await eventually(
      'the failing tasks to fail',
      () => cluster.publisher.states(failing),
      (states) => failing.every((id) => states[id] === 'FAILURE'),
    )
    const doneAt = Date.now()
    await eventually(
      'Crisper to say what Celery says',
      async () => {
        const states = await statesInCrisper(crisper)
        return [...truth]
          .filter(([id, state]) => states.get(id) !== state)
          .map(([id]) => [id, states.get(id)])
      },
      (differing) => differing.length === 0,
      180_000,
    )
    const sameAt = Date.now()

    const { gaps } = (await crisper.get('/api/gaps/')).body
    const outage = gaps.find((gap: { kind: string }) => gap.kind === 'outage')
    await annotate(
      `${published} tasks published while Crisper was off, ${publishedPerSecond} a second, ${truth.size} in all; the workers ` +
        `were done ${seconds(doneAt - onAt)} s after it was back, and Crisper said the same ${seconds(sameAt - doneAt)} s ` +
        `later. The gap: ${outage.seconds} s, repaired: ${JSON.stringify(outage.repaired)}`,
    )
    expect(outage).toMatchObject({ lossy: kind === 'redis' })
    expect(outage.seconds).toBeGreaterThanOrEqual(offMs / 1000 - 1)
    // What was noted before the kill is at most one heartbeat older.
    expect(outage.seconds).toBeLessThanOrEqual((onAt - offAt) / 1000 + 7)
    if (kind === 'redis') {
      expect(outage.repaired.added).toBeGreaterThan(0)
      const { timeline, sources } = (await crisper.get(`/api/tasks/${long}/`)).body
      expect(timeline.map(({ type }: { type: string }) => type)).toEqual(
        expect.arrayContaining(['task-started', 'gap', 'reconcile-result']),
      )
      expect(sources).toMatchObject({ state: 'result_backend', finished_at: 'result_backend' })
    }
  })

  test('on demand it answers with a report, also on the command line', { timeout: 60_000 }, async () => {
    const [one, other] = await Promise.all([crisper.post('/api/reconcile/'), crisper.post('/api/reconcile/')])
    expect(one.status).toBe(200)
    expect(one.body).toEqual(other.body)
    expect(one.body).toMatchObject({ lost: 0, healed: {}, silent_workers: [], problems: [] })

    const json = await runCli(['reconcile', '--json', '--url', crisper.url])
    expect(json).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(json.out)).toMatchObject({ lost: 0, problems: [] })
    const table = await runCli(['reconcile', '--url', crisper.url])
    expect(table.out).toContain('checked')
    expect(table.out).toMatch(/took \d/)
  })
})

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}
