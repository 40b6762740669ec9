import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { celeryVersions } from '../harness/celery-versions.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'

const versions = celeryVersions()
const corners = (['redis', 'amqp'] as const).flatMap((kind) =>
  [versions[0], versions.at(-1) ?? versions[0]].map((celery) => ({ kind, celery })),
)

describe.each(corners)('$kind, Celery $celery.version', ({ kind, celery }) => {
  let cluster: Cluster
  let crisper: TestCrisper

  const start = () =>
    TestCrisper.start([
      '--broker',
      cluster.brokerUrl,
      '--result-backend',
      cluster.backendUrl,
      '--data-dir',
      cluster.folder.path('data'),
    ])

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
    expect(await crisper.stop(stopped)).toMatchObject({ state: 'REVOKED', stop: { status: 'armed' } })
    const next = await cluster.send('test.add', { x: 1, y: 2 })

    await crisper.end()
    crisper = await start()
    await cluster.startWorker()

    await crisper.untilState(next, 'SUCCESS')
    expect(await crisper.untilState(stopped, 'REVOKED')).toMatchObject({ started_at: null })
    expect(existsSync(proof)).toBe(false)
  })
})
