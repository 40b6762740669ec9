import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { purgeAnswer, queueDetailAnswer } from '../../src/http/queues-answer.js'
import { Cluster } from '../harness/cluster.js'
import { oppositeCorners } from '../harness/corners.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { received, started } from '../harness/made-events.js'
import { openRawEvents } from '../harness/raw-events.js'

describe.each(oppositeCorners())('purging on $kind, Celery $celery.version', ({ kind, celery }) => {
  let cluster: Cluster
  let crisper: TestCrisper

  beforeAll(async () => {
    cluster = await Cluster.start(kind, celery)
    crisper = await TestCrisper.start(cluster.crisperFlags)
  })
  afterAll(async () => {
    expect(await crisper?.end()).toBe(0)
    await cluster?.stop()
  })

  const fill = (queue: string, count: number) =>
    cluster.publisher.sendMany(count, { task: 'test.add', kwargs: { x: 1, y: 2 }, options: { queue } })
  const purge = (queue: string, body: object) => crisper.post(`/api/queues/${queue}/purge/`, body)
  const untilEnded = (id: string) =>
    eventually(
      'the end of the purge',
      async () => purgeAnswer.parse((await crisper.get(`/api/purges/${id}/`)).body),
      ({ ended_at }) => ended_at !== null,
    )
  const exported = async (id: string) => {
    const response = await fetch(`${crisper.url}/api/purges/${id}/export/`)
    expect(response.headers.get('content-disposition')).toContain('attachment')
    const lines = (await response.text()).trim().split('\n')
    return lines.map((line) => JSON.parse(line))
  }
  const begun = async (queue: string, reason = 'wrong file'): Promise<z.output<typeof purgeAnswer>> => {
    const { status, body } = await purge(queue, { confirm: queue, reason })
    expect(status).toBe(202)
    return purgeAnswer.parse(body)
  }

  test('it is counted first, confirmed by the name, exported whole, and told in the tasks', async () => {
    const ids = await fill('imports', 250)
    await crisper.untilState(ids.at(-1) ?? '', 'SENT')

    expect(await purge('imports', { dry_run: true })).toMatchObject({
      status: 200,
      body: { waiting: 250, confirm: 'imports' },
    })
    const refused = await purge('imports', { confirm: 'Imports' })
    expect(refused).toMatchObject({ status: 400, body: { error: expect.stringContaining('"imports"') } })

    const { id } = await begun('imports')
    const ended = await untilEnded(id)

    expect(ended).toMatchObject({ waiting: 250, deleted: 250, taken: 0, incomplete: 0, problem: null })
    const lines = await exported(id)
    expect(lines.map(({ task_id }) => task_id).toSorted()).toEqual(ids.toSorted())
    expect(lines[0]).toMatchObject({
      task_name: 'test.add',
      routing_key: 'imports',
      content_type: 'application/json',
      headers: { task: 'test.add', lang: 'py' },
      body: expect.stringContaining('"x": 1'),
    })
    expect(await purge('imports', { dry_run: true })).toMatchObject({ body: { waiting: 0 } })
    const { tasks, total } = await crisper.list('queue=imports&state=REVOKED')
    expect(total).toBe(250)
    expect(tasks[0]?.error).toMatch(/^Purged from the queue imports by anonymous .*: wrong file$/)
    expect(await crisper.task(ids[0] ?? '')).toMatchObject({
      timeline: expect.arrayContaining([expect.objectContaining({ type: 'purged' })]),
    })
    const detail = await crisper.get('/api/queues/imports/')
    expect(queueDetailAnswer.parse(detail.body).purges).toMatchObject([{ id, deleted: 250 }])
  })

  test('a task that a worker starts all the same is not REVOKED, and one that runs never was', async () => {
    const [starts = '', runs = ''] = await fill('races', 2)
    await crisper.untilState(starts, 'SENT')
    const raw = await openRawEvents(kind, cluster.brokerUrl)
    await raw.publish([received(runs), started(runs)])
    await crisper.untilState(runs, 'STARTED')

    await untilEnded((await begun('races')).id)

    await crisper.untilState(starts, 'REVOKED')
    expect((await crisper.task(runs)).state).toBe('STARTED')
    await raw.publish([received(starts), started(starts)])
    expect((await crisper.untilState(starts, 'STARTED')).error).toBeNull()
    await raw.close()
  })

  test('what workers take meanwhile runs, and nothing is both purged and run', async () => {
    await cluster.startWorker({ queues: ['busy'], concurrency: 2 })
    const ids = await fill('busy', 1000)

    const { id } = await begun('busy')
    const { deleted, taken } = await untilEnded(id)

    const purged = new Set(deleted === 0 ? [] : (await exported(id)).map(({ task_id }) => task_id))
    expect(purged.size).toBe(deleted)
    expect(taken).toBeGreaterThanOrEqual(0)
    await eventually(
      'every task to have ended',
      () => crisper.list('queue=busy&state=PENDING,SENT,RECEIVED,STARTED&limit=1'),
      ({ total }) => total === 0,
      50_000,
    )
    for (const task of (await crisper.list('queue=busy&limit=5000&count=none')).tasks) {
      expect(task.state).toBe(purged.has(task.task_id) ? 'REVOKED' : 'SUCCESS')
    }
    expect((await crisper.list('queue=busy')).total).toBe(ids.length)
  })

  test('odd requests are refused', async () => {
    expect((await purge('imports', [])).status).toBe(400)
    expect((await purge('imports', { confirm: 'imports', reason: 'x'.repeat(1001) })).status).toBe(400)
    const nowhere = '00000000-0000-4000-8000-000000000000'
    expect((await crisper.get(`/api/purges/${nowhere}/export/`)).status).toBe(404)
    expect((await crisper.get('/api/queues/never-heard-of/')).status).toBe(404)
    if (kind === 'amqp') {
      expect((await purge('nowhere', { confirm: 'nowhere' })).status).toBe(409)
    }
  })
})
