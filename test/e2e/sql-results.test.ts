import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newestCelery } from '../harness/celery-versions.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { missingFor, type ResultStore, startStore } from '../harness/result-stores.js'

const celery = newestCelery()

describe.each(
  (['PostgreSQL', 'SQLite', 'Django on PostgreSQL'] as const).map((kind) => {
    const missing = missingFor(kind, celery)
    return { kind, missing, title: missing === null ? kind : `${kind} (left out: ${missing})` }
  }),
)('Crisper with results in $title', ({ kind, missing }) => {
  describe.skipIf(missing !== null)('over HTTP', () => {
    let store: ResultStore
    let cluster: Cluster
    let crisper: TestCrisper
    let early: string

    beforeAll(async () => {
      store = await startStore(kind, celery)
      cluster = await Cluster.start('redis', celery, store)
      await cluster.startWorker()
      early = await cluster.send('test.add', { x: 1, y: 2 })
      await eventually(
        `${early} to have ended`,
        () => cluster.publisher.result(early),
        ({ state }) => state === 'SUCCESS',
      )
      crisper = await TestCrisper.start(cluster.crisperFlags)
    })
    afterAll(async () => {
      if (crisper !== undefined) expect(await crisper.end()).toBe(0)
      await cluster?.stop()
      await store?.stop()
    })

    test('a task that ended before Crisper came is told from there', async () => {
      expect((await crisper.get(`/api/tasks/${early}/`)).body).toMatchObject({
        in_db: false,
        task_name: 'test.add',
        state: 'SUCCESS',
        ready: true,
        successful: true,
        result: 3,
      })
    })

    test('a task has its live state where Celery knows another', async () => {
      const id = await cluster.send('test.abortable', { seconds: 60, step_seconds: 2 })
      await crisper.untilState(id, 'STARTED')

      await cluster.publisher.abort(id)

      const other = { state: 'STARTED', live_state: 'ABORTED' }
      expect((await crisper.list()).tasks.find(({ task_id }) => task_id === id)).toMatchObject(other)
      expect(await crisper.task(id)).toMatchObject({ ...other, in_db: true, ready: false })
      await crisper.untilState(id, 'SUCCESS')
      expect(await crisper.task(id)).toMatchObject({
        live_state: 'SUCCESS',
        successful: true,
        result: 'aborted',
      })
    })

    test('a running task that tells its progress there shows it', async () => {
      const id = await cluster.send('test.update_state', { total: 10, seconds: 20 })

      const running = await eventually(
        'its progress to be written',
        async () => (await crisper.list(`search=${id}`)).tasks[0],
        (task) => (task?.done ?? 0) > 1,
      )
      expect(running).toMatchObject({ state: 'PROGRESS', total: 10 })
      expect(await crisper.task(id)).toMatchObject({ sources: { progress: 'result_backend' } })
      await crisper.stop(id, { hard: true })
      await crisper.untilState(id, 'REVOKED')
    })

    test('an abortable task ends itself on a cooperative stop', async () => {
      const id = await cluster.send('test.abortable', { seconds: 60 })
      await crisper.untilState(id, 'STARTED')

      const { stop } = await crisper.stop(id, { cooperative: true })

      expect(await crisper.untilState(id, 'SUCCESS')).toMatchObject({ result: 'aborted' })
      await crisper.untilStop(stop.id, 'finished')
    })

    test('a task that is terminated by a hard stop is REVOKED there, too', async () => {
      const id = await cluster.send('test.sleep', { seconds: 60 })
      await crisper.untilState(id, 'STARTED')

      const { stop } = await crisper.stop(id, { hard: true })

      await crisper.untilStop(stop.id, 'stopped')
      expect(await crisper.task(id)).toMatchObject({ state: 'REVOKED', live_state: 'REVOKED' })
    })
  })
})
