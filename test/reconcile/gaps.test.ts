import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { succeeded } from '../harness/made-events.js'
import { openRawEvents, type RawEvents } from '../harness/raw-events.js'

interface Gap {
  readonly kind: string
  readonly count: number | null
  readonly lossy: boolean
  readonly seconds: number
  readonly note: string
}

describe.each(['redis', 'amqp'] as const)('gaps in what was heard (%s)', (kind) => {
  let cluster: Cluster
  let crisper: TestCrisper
  let raw: RawEvents

  const untilGap = (wanted: (gap: Gap) => boolean): Promise<Gap[]> =>
    eventually(
      'the gap to be written down',
      async () => (await crisper.get('/api/gaps/?limit=100')).body.gaps,
      (gaps) => gaps.some(wanted),
      40_000,
    )

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

  test('what could not be read is one gap, with its count', { timeout: 120_000 }, async () => {
    for (let n = 0; n < 3; n += 1) await raw.publishPayload(Buffer.from('not what it should be'))
    const gaps = await untilGap((gap) => gap.kind === 'malformed' && gap.count === 3)
    expect(gaps.filter((gap) => gap.kind === 'malformed')).toHaveLength(1)
  })

  test('after a clean end there is a gap, too, and its length is that of the absence', {
    timeout: 120_000,
  }, async () => {
    const offAt = Date.now()
    expect(await crisper.end()).toBe(0)
    crisper = await TestCrisper.start(cluster.crisperFlags)
    const [gap] = await untilGap((each) => each.kind === 'outage')
    expect(gap).toMatchObject({ kind: 'outage', lossy: kind === 'redis' })
    expect(gap?.seconds).toBeLessThanOrEqual((Date.now() - offAt) / 1000)
  })

  test('a query that makes no sense is refused', async () => {
    expect(await crisper.get('/api/gaps/?limit=0')).toMatchObject({ status: 400 })
    expect(await crisper.get('/api/tasks/?lost=perhaps')).toMatchObject({ status: 400 })
  })

  test.runIf(kind === 'redis')(
    'Redis drops a subscriber that fell behind',
    { timeout: 180_000 },
    async () => {
      const redis = new Redis(cluster.brokerUrl)
      crisper.child.kill('SIGSTOP')
      try {
        // More than the default limit of 32 MiB; Redis looks at it when it writes.
        const event = { ...succeeded('burst'), padding: 'x'.repeat(64 * 1024) }
        await eventually(
          'the subscriber to be dropped',
          async () => {
            for (let n = 0; n < 50; n += 1) await raw.publish(event)
            return String(await redis.client('LIST', 'TYPE', 'PUBSUB'))
          },
          (subscribers) => subscribers === '',
          90_000,
        )
      } finally {
        crisper.child.kill('SIGCONT')
        redis.disconnect()
      }
      const gaps = await untilGap((gap) => gap.kind === 'subscriber_dropped')
      expect(gaps[0]).toMatchObject({ kind: 'subscriber_dropped', lossy: true })
      expect(gaps[0]?.note).toContain('client-output-buffer-limit')
    },
  )

  test.runIf(kind === 'amqp')('RabbitMQ no longer has the queue', { timeout: 120_000 }, async () => {
    expect(await crisper.end()).toBe(0)
    const connection = await connect(cluster.brokerUrl.replace(/\/\/$/, ''))
    const channel = await connection.createChannel()
    await channel.deleteQueue('crisper.events')
    await connection.close()

    crisper = await TestCrisper.start(cluster.crisperFlags)

    const gaps = await untilGap((gap) => gap.kind === 'outage' && gap.lossy)
    expect(gaps[0]?.note).toBe('Crisper was off, and its queue on RabbitMQ was gone: its events with it.')
  })
})
