import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { revoke } from '../../../src/celery/control.js'
import { openBroker } from '../../../src/celery/open-broker.js'
import type { ResultBackend } from '../../../src/celery/results/backend.js'
import { openResultBackend } from '../../../src/celery/results/open.js'
import { oldestAndNewest } from '../../harness/celery-versions.js'
import { Cluster } from '../../harness/cluster.js'
import { eventually } from '../../harness/eventually.js'

describe.each(oldestAndNewest())('abort with Celery $version', (celery) => {
  let cluster: Cluster
  let backend: ResultBackend
  let redis: Redis
  let listener: Redis
  const published: string[] = []
  beforeAll(async () => {
    cluster = await Cluster.start('redis', celery)
    await cluster.startWorker()
    backend = openResultBackend(cluster.backendUrl, {
      resultKeyprefix: '',
      masterName: 'mymaster',
      sentinelPassword: null,
    })
    redis = new Redis(cluster.backendUrl)
    listener = new Redis(cluster.backendUrl)
    await listener.psubscribe('celery-task-meta-*')
    listener.on('pmessage', (_pattern, channel: string) => published.push(channel))
  })
  afterAll(async () => {
    redis.disconnect()
    listener.disconnect()
    await backend.close()
    await cluster.stop()
  })

  const untilState = (id: string, wanted: string) =>
    eventually(
      `${wanted} of ${id}`,
      () => cluster.publisher.result(id),
      ({ state }) => state === wanted,
    )
  const start = async (kwargs: object) => {
    const id = await cluster.send('test.abortable', kwargs)
    await untilState(id, 'STARTED')
    return id
  }
  const keyOf = (id: string) => `celery-task-meta-${id}`

  test('a task that looks for it ends itself, and shows as ABORTED until then', async () => {
    const id = await start({ seconds: 60, step_seconds: 2 })

    await backend.abort(id)

    expect(await cluster.publisher.result(id)).toEqual({ state: 'ABORTED', result: null })
    expect(await untilState(id, 'SUCCESS')).toMatchObject({ result: 'aborted' })
  })

  test('stores and publishes what Celery does', async () => {
    await cluster.publisher.abort('theirs')
    await backend.abort('ours')

    const [theirs, ours] = await redis.mget(keyOf('theirs'), keyOf('ours'))
    expect(JSON.parse(ours ?? '')).toEqual({ ...JSON.parse(theirs ?? ''), task_id: 'ours' })
    expect(Math.abs((await redis.ttl(keyOf('ours'))) - (await redis.ttl(keyOf('theirs'))))).toBeLessThan(30)
    await eventually(
      'both were published',
      async () => published,
      (channels) => channels.includes(keyOf('theirs')) && channels.includes(keyOf('ours')),
    )
  })

  test.each([
    ['SUCCESS', 'test.add', { x: 1, y: 2 }],
    ['FAILURE', 'test.fail', { message: 'no' }],
  ])('a stored %s is left alone', async (state, task, kwargs) => {
    const id = await cluster.send(task, kwargs)
    await untilState(id, state)
    const before = await redis.get(keyOf(id))

    await backend.abort(id)

    expect(await redis.get(keyOf(id))).toBe(before)
  })

  test('a task that was revoked while it runs can still be asked', async () => {
    const broker = openBroker(cluster.brokerUrl)
    await broker.connect()
    const id = await start({ seconds: 60 })

    await revoke(broker, [id], { terminate: false, timeoutMs: 15_000, expected: 1 })
    await backend.abort(id)

    expect(await untilState(id, 'SUCCESS')).toMatchObject({ result: 'aborted' })
    await broker.close()
  })
})
