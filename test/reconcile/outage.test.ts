import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../cli/run-cli.js'
import { Load } from '../faults/load.js'
import { statesInCrisper } from '../harness/all-tasks.js'
import { ApplicationDatabase, ownAndAttached } from '../harness/application-database.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'

/** Milliseconds for which Crisper is off at least. */
const offMs = process.env.CRISPER_TEST_MATRIX === '1' ? 60_000 : 5000

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

  test('afterwards every task is what Celery says, and the gap is shown', { timeout: 400_000 }, async () => {
    const load = new Load(cluster)
    await load.more(50)
    const long = await cluster.send('test.sleep', { seconds: 3 })
    await crisper.untilState(long, 'STARTED')

    const offAt = Date.now()
    await crisper.kill()
    await load.more(100)
    await eventually(
      'some time to pass',
      async () => Date.now() - offAt,
      (ms) => ms > offMs,
      offMs + 20_000,
    )
    crisper = await start()
    const onAt = Date.now()

    await load.more(50)
    await load.stop()
    const succeeded = [...(await load.succeeded()), long]
    expect(succeeded.length).toBe(load.published.length + 1)
    await eventually(
      'Crisper to say what Celery says',
      async () => {
        const states = await statesInCrisper(crisper)
        return succeeded.filter((id) => states.get(id) !== 'SUCCESS').map((id) => [id, states.get(id)])
      },
      (missing) => missing.length === 0,
      90_000,
    )

    const { gaps } = (await crisper.get('/api/gaps/')).body
    const outage = gaps.find((gap: { kind: string }) => gap.kind === 'outage')
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
