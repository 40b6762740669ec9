import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { now, received, revoked, started, succeeded } from '../harness/made-events.js'
import { openRawEvents, type RawEvents } from '../harness/raw-events.js'

describe.each(['redis', 'amqp'] as const)('a stop and a success within 10 ms, on %s', (kind) => {
  let cluster: Cluster
  let crisper: TestCrisper
  let raw: RawEvents

  beforeAll(async () => {
    cluster = await Cluster.start(kind)
    crisper = await TestCrisper.start(cluster.crisperFlags)
    raw = await openRawEvents(kind, cluster.brokerUrl)
  })

  afterAll(async () => {
    await raw?.close()
    expect(await crisper?.end()).toBe(0)
    await cluster?.stop()
  })

  test.each(['the revoke', 'the success'])(
    '%s arrives first: SUCCESS, and the stop came too late',
    async (first) => {
      const id = randomUUID()
      const at = now()
      await raw.publish(received(id, at - 2))
      await raw.publish(started(id, at - 1))
      await crisper.untilState(id, 'STARTED')
      const { stop } = await crisper.stop(id, { hard: true })
      const ended = now()
      const both = [
        revoked(id, ended, { terminated: true, signum: 15, expired: false }),
        succeeded(id, ended + 0.01),
      ]

      const [one, other] = first === 'the revoke' ? both : both.toReversed()
      await raw.publish(one ?? {})
      await crisper.untilState(id, first === 'the revoke' ? 'REVOKED' : 'SUCCESS')
      await raw.publish(other ?? {})

      expect(await crisper.untilStop(stop.id, 'finished')).toMatchObject({
        evidence: { event: 'task-succeeded' },
        explanation: expect.stringContaining('succeeded'),
      })
      expect(await crisper.task(id)).toMatchObject({ state: 'SUCCESS', stop: { status: 'finished' } })
    },
  )

  test('a task that a worker starts in spite of its stop is stopped again, and its history says so', async () => {
    const id = randomUUID()
    await raw.publish(received(id, now() - 1))
    await crisper.untilState(id, 'RECEIVED')
    const { stop, state } = await crisper.stop(id)
    expect(state).toBe('REVOKED')

    await raw.publish(started(id, now() + 1))

    await crisper.untilState(id, 'STARTED')
    const { body } = await eventually(
      'its history to tell',
      () => crisper.get(`/api/tasks/${id}/`),
      ({ body }) => body.timeline.some(({ type }: { type: string }) => type === 'stop-again'),
    )
    expect(body.stop).toMatchObject({ id: stop.id, status: 'armed' })
    expect((await crisper.stopRequest(stop.id)).sendings.map(({ why }) => why)).toEqual([
      'request',
      'came back',
    ])
  })
})
