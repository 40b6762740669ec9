import { beforeAll, describe, test } from 'vitest'
import { expectAccessible, expectClean, expectText, type Look, screenshot } from '../harness/browser.js'
import { eventually } from '../harness/eventually.js'
import { now, received, started } from '../harness/made-events.js'
import { WithBrowser } from '../harness/with-browser.js'
import { WithCrisper } from '../harness/with-crisper.js'

const looks = (['light', 'dark'] as const).flatMap((theme) =>
  ([1280, 390] as const).map((width): Look => ({ theme, width })),
)

describe('every page in every look', () => {
  const here = new WithCrisper(
    'redis',
    undefined,
    'retention: {rules: [{state: FAILURE, task_type: etl, keep: 2y}], keep: 180d}',
  )
  const browser = new WithBrowser()
  let failed: string

  /** Where the pages are, and what they show once they are there. */
  const pages = [
    {
      name: 'tasks',
      path: () => '/tasks',
      shows: ['test.add', 'test.fail', 'test.sleep', 'etl.process_etl_file'],
    },
    { name: 'lost', path: () => '/tasks?lost=true', shows: ['etl.process_etl_file', 'Lost'] },
    {
      name: 'lost-task',
      path: () => '/tasks/gone',
      shows: ['Lost: w1@localhost does not have it', 'has said in two looks'],
    },
    { name: 'task', path: () => `/tasks/${failed}`, shows: ['test.fail', 'ValueError: no such customer'] },
    { name: 'stops', path: () => '/stops', shows: ['sent twice', 'wrong company'] },
    { name: 'queues', path: () => '/queues', shows: ['imports', 'Nobody consumes it', 'w1@localhost'] },
    {
      name: 'queue',
      path: () => '/queues/imports',
      shows: ['Messages that wait', 'Purges', 'wrong file'],
    },
    {
      name: 'workers',
      path: () => '/workers',
      shows: ['w1@localhost', 'Online', 'threads@localhost', 'Stopped'],
    },
    {
      name: 'worker',
      path: () => '/workers/w1@localhost',
      shows: ['Still consuming', 'test.sleep', 'result_backend', 'Registered tasks ('],
    },
    {
      name: 'schedules',
      path: () => '/schedules',
      shows: ['every second', 'only in January', '<whenever>', 'another entry runs it too'],
    },
    {
      name: 'overview',
      path: () => '/overview',
      shows: ['Most failing tasks', 'test.fail', '1 lost', 'Could not be read or stored'],
    },
    {
      name: 'alerts',
      path: () => '/alerts',
      shows: [
        'Nightly load',
        'No task of etl.nightly was seen',
        'Muted',
        'fewer than 2 workers etl* are there',
      ],
    },
    {
      name: 'settings',
      path: () => '/settings',
      shows: ['Task types', 'All other finished ones', '180 days', 'Last run', 'task_detail', 'in 90 days'],
    },
  ]

  beforeAll(async () => {
    const { cluster, crisper } = here
    const running = async (kwargs: object) => {
      const id = await cluster.send('test.sleep', kwargs)
      await crisper.untilState(id, 'STARTED')
    }
    const stopped = async (reason: string) => {
      const id = await cluster.send('etl.process_etl_file', { company_id: 4, tenant_id: 'acme' })
      await crisper.untilState(id, 'RECEIVED')
      return (await crisper.stop(id, { reason })).stop
    }
    await cluster.startWorker({ concurrency: 1, env: { CELERY_TEST_SCHEDULE: '1' } })
    const threads = await cluster.startWorker({ name: 'threads', pool: 'threads', queues: ['other'] })
    await threads.stop()
    const added = await cluster.send('test.add', { x: 1, y: 2 })
    failed = await cluster.send('test.fail', { message: 'no such customer' })
    await crisper.untilState(added, 'SUCCESS')
    await crisper.untilState(failed, 'FAILURE')
    await running({ seconds: 1 })
    const done = await stopped('sent twice')
    await crisper.untilStop(done.id, 'stopped')
    await running({ seconds: 600, company_id: 4 })
    // The worker confirms it only when the task's turn comes.
    await stopped('wrong company')
    const purged = await cluster.send('test.add', { x: 1, y: 2 }, { queue: 'imports' })
    await crisper.untilState(purged, 'SENT')
    await crisper.post('/api/queues/imports/purge/', { confirm: 'imports', reason: 'wrong file' })
    await cluster.send('test.add', { x: 1, y: 2 }, { queue: 'imports' })
    const rule = (name: string, condition: object) =>
      crisper.post('/api/alert-rules/', { name, condition, fires_after: 0 })
    await rule('Nightly load', { kind: 'silence', filter: { task_name: 'etl.nightly' }, minutes: 600 })
    const { body: etl } = await rule('ETL workers', { kind: 'missing_worker', worker: 'etl*', at_least: 2 })
    const until = new Date(Date.now() + 3_600_000).toISOString()
    await crisper.post(`/api/alert-rules/${etl.id}/mute/`, { until })
    await here.raw.publishPayload(Buffer.from('no envelope'))
    const at = now() - 60
    await here.raw.publish([received('gone', at, 'w1@localhost'), started('gone', at, 'w1@localhost')])
    await eventually(
      'a task to be lost',
      async () => (await crisper.post('/api/reconcile/')) && (await crisper.list('lost=true')).tasks,
      (lost) => lost.length === 1,
      60_000,
    )
    await eventually(
      'the rules to fire',
      async () => (await crisper.get('/api/alerts/?state=firing')).body.alerts,
      (alerts) => alerts.length === 2,
      60_000,
    )
  })

  describe.each(pages)('$name', ({ name, path, shows }) => {
    test.each(looks)('$theme, $width wide', async (look) => {
      const page = await browser.openPage(here.crisper, path(), look)
      try {
        for (const text of shows) await expectText(page, text)
      } finally {
        await screenshot(page, `${name}-${look.theme}-${look.width}`)
      }
      expectClean(page)
      await expectAccessible(page)
      await page.context().close()
    })
  })
})
