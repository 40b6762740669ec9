import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { eventually } from '../harness/eventually.js'
import { now, received, revoked, started, succeeded } from '../harness/made-events.js'
import { WithCrisper } from '../harness/with-crisper.js'

describe.each(['redis', 'amqp'] as const)('a stop and a success within 10 ms, on %s', (kind) => {
  const here = new WithCrisper(kind)

  test.each(['the revoke', 'the success'])(
    '%s arrives first: SUCCESS, and the stop came too late',
    async (first) => {
      const id = randomUUID()
      const at = now()
      await here.raw.publish(received(id, at - 2))
      await here.raw.publish(started(id, at - 1))
      await here.crisper.untilState(id, 'STARTED')
      const { stop } = await here.crisper.stop(id, { hard: true })
      const ended = now()
      const both = [
        revoked(id, ended, { terminated: true, signum: 15, expired: false }),
        succeeded(id, ended + 0.01),
      ]

      const [one, other] = first === 'the revoke' ? both : both.toReversed()
      await here.raw.publish(one ?? {})
      await here.crisper.untilState(id, first === 'the revoke' ? 'REVOKED' : 'SUCCESS')
      await here.raw.publish(other ?? {})

      expect(await here.crisper.untilStop(stop.id, 'finished')).toMatchObject({
        evidence: { event: 'task-succeeded' },
        explanation: expect.stringContaining('succeeded'),
      })
      expect(await here.crisper.task(id)).toMatchObject({ state: 'SUCCESS', stop: { status: 'finished' } })
    },
  )

  test('a task that a worker starts in spite of its stop is stopped again, and its history says so', async () => {
    const id = randomUUID()
    await here.raw.publish(received(id, now() - 1))
    await here.crisper.untilState(id, 'RECEIVED')
    const { stop, state } = await here.crisper.stop(id)
    expect(state).toBe('REVOKED')

    await here.raw.publish(started(id, now() + 1))

    await here.crisper.untilState(id, 'STARTED')
    const { body } = await eventually(
      'its history to tell',
      () => here.crisper.get(`/api/tasks/${id}/`),
      ({ body }) => body.timeline.some(({ type }: { type: string }) => type === 'stop-again'),
    )
    expect(body.stop).toMatchObject({ id: stop.id, status: 'armed' })
    expect((await here.crisper.stopRequest(stop.id)).sendings.map(({ why }) => why)).toEqual([
      'request',
      'came back',
    ])
  })
})
