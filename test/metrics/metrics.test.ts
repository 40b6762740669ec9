import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { findProgram } from '../../scripts/services/find-program.mjs'
import { oppositeCorners } from '../harness/corners.js'
import { eventually } from '../harness/eventually.js'
import { type Family, parseMetrics } from '../harness/prometheus-text.js'
import { WithCrisper } from '../harness/with-crisper.js'

const promtool = findProgram('promtool')

describe.each(oppositeCorners())('metrics on $kind, Celery $celery.version', ({ kind, celery }) => {
  const here = new WithCrisper(kind, celery)

  const scrape = async (): Promise<Family[]> => {
    const response = await fetch(`${here.crisper.url}/metrics`)
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    return parseMetrics(await response.text())
  }
  const valueIn = (families: readonly Family[], name: string, labels: object): number | undefined => {
    const samples = families.flatMap((family) => family.samples).filter((sample) => sample.name === name)
    return samples.find((sample) =>
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )?.value
  }
  const until = (name: string, labels: object, value: number) =>
    eventually(`${name} to be ${value}`, scrape, (families) => valueIn(families, name, labels) === value)

  beforeAll(async () => {
    const { cluster, crisper } = here
    await cluster.startWorker({ concurrency: 1 })
    const done = await cluster.send('test.add', { x: 1, y: 2 })
    const failed = await cluster.send('test.fail', { message: 'no' })
    const retried = await cluster.send('test.retry', { times: 1 })
    await crisper.untilState(done, 'SUCCESS')
    await crisper.untilState(failed, 'FAILURE')
    await crisper.untilState(retried, 'SUCCESS')
    const sleeping = await cluster.send('test.sleep', { seconds: 600 })
    await crisper.untilState(sleeping, 'STARTED')
    const { stop } = await crisper.stop(sleeping, { hard: true })
    await crisper.untilStop(stop.id, 'stopped')
    await cluster.send('test.add', { x: 1, y: 2 }, { queue: 'imports' })
    await here.raw.publish({ type: 'task-started' })
    await crisper.get('/api/queues/')
  })

  test('what became of tasks is counted by name, queue and exception', async () => {
    await until('celery_task_succeeded_total', { name: 'test.add', queue_name: 'celery' }, 1)
    await until('celery_task_failed_total', { name: 'test.fail', exception: 'ValueError' }, 1)
    await until('celery_task_retried_total', { name: 'test.retry', exception: 'ConnectionError' }, 1)
    await until('celery_task_sent_total', { name: 'test.add', queue_name: 'imports' }, 1)
    await until('celery_task_revoked_total', { name: 'test.sleep' }, 1)
    const families = await scrape()
    expect(valueIn(families, 'celery_task_runtime_count', { name: 'test.add' })).toBe(1)
    expect(valueIn(families, 'crisper_task_wait_seconds_count', { queue_name: 'celery' })).toBeGreaterThan(3)
    expect(valueIn(families, 'crisper_stops_ended_total', { status: 'stopped', mode: 'hard' })).toBe(1)
  })

  test('queues, workers and the event stream are measured', async () => {
    await eventually(
      'the queues to be read',
      async () => {
        await here.crisper.get('/api/queues/')
        return await scrape()
      },
      (families) => valueIn(families, 'celery_queue_length', { queue_name: 'imports' }) === 1,
    )
    await until('celery_worker_up', { hostname: 'w1@localhost' }, 1)
    await until('crisper_workers', { status: 'online' }, 1)
    await until('crisper_broker_up', {}, 1)
    const families = await scrape()
    expect(valueIn(families, 'crisper_tasks_unfinished', { state: 'SENT', queue_name: 'imports' })).toBe(1)
    expect(valueIn(families, 'crisper_queue_oldest_age_seconds', { queue_name: 'imports' })).toBeGreaterThan(
      0,
    )
    expect(valueIn(families, 'crisper_ingest_malformed_total', { reason: 'no_uuid' })).toBe(1)
    expect(valueIn(families, 'crisper_ingest_dropped_total', {})).toBe(0)
  })

  test.skipIf(promtool === undefined)("Prometheus' own linter has nothing to say", async () => {
    const text = await (await fetch(`${here.crisper.url}/metrics`)).text()
    const { status, stdout, stderr } = spawnSync(promtool ?? '', ['check', 'metrics'], { input: text })
    expect({ status, told: `${stdout}${stderr}` }).toEqual({ status: 0, told: '' })
  })

  test('docs/metrics.md lists each metric with its type and labels, and no other', async () => {
    const docs = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
    const rows = [...docs.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \|/gm)]
    const listed = new Map(rows.map(([, name = '', type = '', labels = '']) => [name, { type, labels }]))
    const own = (await scrape()).filter(({ name }) => /^(celery|crisper)_/.test(name))

    expect([...listed.keys()].toSorted()).toEqual(own.map(({ name }) => name).toSorted())
    for (const { name, type, samples } of own) {
      expect(listed.get(name)?.type, name).toBe(type)
      const labels = Object.keys(samples[0]?.labels ?? {}).filter((label) => label !== 'le')
      for (const label of labels) expect(listed.get(name)?.labels, name).toContain(`\`${label}\``)
    }
  })
})
