import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { oppositeCorners } from '../harness/corners.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'

describe.each(oppositeCorners())(
  'the broker ($kind, Celery $celery.version) goes away',
  ({ kind, celery }) => {
    let cluster: Cluster
    let crisper: TestCrisper

    beforeAll(async () => {
      cluster = await Cluster.start(kind, celery)
      crisper = await TestCrisper.start(cluster.crisperFlags)
      await cluster.startWorker({ app: 'hooked_app' })
    })

    afterAll(async () => {
      expect(await crisper?.end()).toBe(0)
      await cluster?.stop()
    })

    test('a task that uses the hooks runs on unhindered, and its last word arrives', {
      timeout: 120_000,
    }, async () => {
      const folder = cluster.folder.path('outage')
      const [log, release] = [join(folder, 'calls'), join(folder, 'release')]
      const calls = () =>
        readFileSync(log, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => line.split(' '))
      const id = await cluster.send('hooked.through_outage', { log, release })
      await crisper.untilState(id, 'PROGRESS')

      await cluster.broker.stop()
      const before = calls().length
      await eventually(
        'a hundred calls without a broker',
        async () => calls().length - before,
        (count) => count > 100,
      )
      await cluster.broker.restart()
      await eventually(
        'readiness',
        () => crisper.get('/readyz'),
        ({ status }) => status === 200,
        60_000,
      )
      writeFileSync(release, '')

      // Celery's own event of its end may be lost when its worker has not found the broker again; the result never is.
      const { result } = await eventually(
        'its end',
        () => cluster.publisher.result(id),
        ({ state }) => state === 'SUCCESS',
      )
      await eventually(
        'its last word',
        () => crisper.task(id),
        (task) => task.in_db && task.done === result,
      )
      expect(result).toBe(calls().length)
      expect(Math.max(...calls().map(([, seconds]) => Number(seconds)))).toBeLessThan(5)
      expect(calls().every(([, , asked]) => asked === 'False')).toBe(true)
    })
  },
)
