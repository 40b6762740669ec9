import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { statesInCrisper } from '../harness/all-tasks.js'
import { burstOf, eventsPerTask } from '../harness/burst.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'

/** Tasks whose events come at once: while Crisper reads, and in all while it does not (more than 32 MiB). */
const { reading, stalled } =
  process.env.CRISPER_TEST_MATRIX === '1'
    ? { reading: 100_000, stalled: 100_000 }
    : { reading: 4000, stalled: 24_000 }

/** Milliseconds of a stall before Redis drops the subscriber. More than the clocks of hosts may differ. */
const stallMs = 8000

/** Of tens of thousands. */
const fewTasks = 100

interface Gap {
  readonly kind: string
  readonly seconds: number
  readonly repaired: { readonly healed: number; readonly added: number; readonly lost: number }
}

describe('more events at once than Redis keeps for a subscriber', () => {
  let cluster: Cluster
  let crisper: TestCrisper
  let redis: Redis

  beforeAll(async () => {
    cluster = await Cluster.start('redis')
    crisper = await TestCrisper.start(cluster.crisperFlags)
    redis = new Redis(cluster.brokerUrl)
  })

  afterAll(async () => {
    redis?.disconnect()
    expect(await crisper?.end()).toBe(0)
    await cluster?.stop()
  })

  const untilAllSucceeded = (ids: readonly string[]) =>
    eventually(
      'every task to be what Celery says',
      async () => {
        const states = await statesInCrisper(crisper)
        return ids.filter((id) => states.get(id) !== 'SUCCESS').length
      },
      (differing) => differing === 0,
      300_000,
    )

  /** Of the connection: after a stall of half a minute it is not told from a lost one. */
  const gapsNow = async (): Promise<Gap[]> =>
    (await crisper.get('/api/gaps/?limit=100')).body.gaps.filter(({ kind }: Gap) =>
      ['subscriber_dropped', 'reconnect'].includes(kind),
    )

  const eventsHeard = async (): Promise<number> =>
    (await crisper.get('/api/ingest/')).body.events['task-succeeded'] ?? 0

  test('it is running: all are kept, or the gap is shown and repaired', { timeout: 600_000 }, async ({
    annotate,
  }) => {
    expect(await redis.config('GET', 'client-output-buffer-limit')).toEqual([
      'client-output-buffer-limit',
      expect.stringContaining('pubsub 33554432 8388608 60'),
    ])
    const burst = burstOf(cluster, reading)
    const startedAt = Date.now()
    await burst.publish()
    const publishedAt = Date.now()
    await untilAllSucceeded(burst.ids)
    const heard = await eventsHeard()
    const gaps = await gapsNow()
    await annotate(
      `${reading * eventsPerTask} events, published in ${seconds(publishedAt - startedAt)} s; the ends of ${heard} of ${reading} ` +
        `tasks were heard, every task was right after ${seconds(Date.now() - startedAt)} s. Gaps: ${JSON.stringify(gaps)}`,
    )
    if (heard < reading) expect(gaps).toContainEqual(expect.objectContaining({ lossy: true }))
  })

  test('it stalls: the gap is as long as nothing was heard, and all is repaired', {
    timeout: 600_000,
  }, async ({ annotate }) => {
    const [heardBefore, gapsBefore] = [await eventsHeard(), await gapsNow()]
    const [first, rest] = [burstOf(cluster, 100), burstOf(cluster, stalled)]
    const ids = [...first.ids, ...rest.ids]
    const stalledAt = Date.now()
    crisper.child.kill('SIGSTOP')
    try {
      await first.publish()
      await eventually(
        'the stall to last',
        async () => Date.now() - stalledAt,
        (ms) => ms > stallMs,
      )
      await rest.publish()
      await eventually(
        'the subscriber to be dropped',
        async () => redis.client('LIST', 'TYPE', 'PUBSUB'),
        (subscribers) => subscribers === '',
      )
    } finally {
      crisper.child.kill('SIGCONT')
    }
    await untilAllSucceeded(ids)
    const heard = (await eventsHeard()) - heardBefore
    const gaps = (await gapsNow()).slice(0, -gapsBefore.length || undefined)
    await annotate(
      `${ids.length * eventsPerTask} events; the ends of ${heard} of ${ids.length} tasks were heard, every task was right ` +
        `after ${seconds(Date.now() - stalledAt)} s. Gaps: ${JSON.stringify(gaps)}`,
    )
    expect(gaps).toContainEqual(expect.objectContaining({ lossy: true }))
    expect(Math.max(...gaps.map(({ seconds }) => seconds))).toBeGreaterThanOrEqual(stallMs / 1000)
    const added = gaps.reduce((sum, { repaired }) => sum + repaired.added, 0)
    expect(added).toBeGreaterThan(fewTasks)
    // The few whose event is heard, but not yet kept, when they are looked for are in both.
    expect(added).toBeLessThanOrEqual(ids.length - heard + fewTasks)
  })
})

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}
