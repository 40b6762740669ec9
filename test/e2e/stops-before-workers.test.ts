import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { celeryVersions, newestCelery } from '../harness/celery-versions.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'

// Workers begin with their first task before they listen to remote control, so sending a stop again when a worker is
// online comes too late. What holds is Crisper's answer to the `hello` that every worker sends before its first task.
test.each([
  ['redis', celeryVersions()[0]],
  ['amqp', newestCelery()],
] as const)(
  'on %s a task stopped while no worker is there never runs, also after a restart of Crisper',
  async (kind, celery) => {
    const cluster = await Cluster.start(kind, celery)
    const flags = [
      ...['--broker', cluster.brokerUrl, '--result-backend', cluster.backendUrl],
      ...['--data-dir', cluster.folder.path('data')],
    ]
    let crisper = await TestCrisper.start(flags)
    try {
      const proof = `${cluster.folder.path('proof')}/ran`
      const stopped = await cluster.send('test.touch', { path: proof })
      await crisper.untilState(stopped, 'SENT')
      expect(await crisper.stop(stopped, { reason: 'nobody there' })).toMatchObject({
        state: 'REVOKED',
        stop: { status: 'armed' },
      })
      await crisper.end()
      crisper = await TestCrisper.start(flags)

      await cluster.startWorker()
      const other = await cluster.send('test.add', { x: 1, y: 2 })

      await crisper.untilState(other, 'SUCCESS')
      const task = await eventually(
        'the worker to drop it',
        () => crisper.get(`/api/tasks/${stopped}/`),
        ({ body }) => body.timeline.some(({ type }: { type: string }) => type === 'task-revoked'),
      )
      expect(task.body).toMatchObject({
        state: 'REVOKED',
        error: expect.stringContaining('nobody there'),
        attempts: [],
      })
      expect(existsSync(proof)).toBe(false)
    } finally {
      await crisper.end()
      await cluster.stop()
    }
  },
)
