import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Broker } from '../../src/celery/broker.js'
import { active, type PoolKind, revoke, stats, type WorkerStats } from '../../src/celery/control.js'
import { decodeEvents, type TaskEvent } from '../../src/celery/events.js'
import { openBroker } from '../../src/celery/open-broker.js'
import {
  type CeleryVersion,
  celeryVersions,
  hasGreenPool,
  oldestAndNewest,
} from '../harness/celery-versions.js'
import { Cluster } from '../harness/cluster.js'
import { eventually } from '../harness/eventually.js'

type Pool = Exclude<PoolKind, 'unknown'>

interface Expected {
  readonly canTerminate: boolean | null
  readonly reply: { readonly ok: boolean; readonly text: unknown }
  readonly state: 'REVOKED' | 'SUCCESS'
}

const ended = {
  reply: { ok: true, text: expect.stringMatching(/^terminate: [-\w]{36}$/) },
  state: 'REVOKED',
} as const
const refused = {
  reply: { ok: false, text: expect.stringMatching(/^NotImplementedError.*does not implement kill_job/) },
  state: 'SUCCESS',
} as const
/** A worker on solo reads the command when the task has ended. */
const tooLate = { reply: { ok: true, text: 'terminate: tasks unknown' }, state: 'SUCCESS' } as const

/** What the pool says of itself, and what a revoke with terminate does to a task that runs there. */
function expectedOf(pool: Pool, { version }: CeleryVersion): Expected {
  const [, minor] = version.split('.').map(Number)
  if (minor === undefined) throw new Error(`${version} is no version of Celery`)
  if (pool === 'prefork' || pool === 'eventlet') return { canTerminate: true, ...ended }
  if (pool === 'threads') return { canTerminate: false, ...refused }
  if (pool === 'solo') return { canTerminate: false, ...tooLate }
  return { canTerminate: minor >= 3 ? null : false, ...(minor >= 5 ? ended : refused) }
}

const versions = process.env.CRISPER_TEST_MATRIX === '1' ? celeryVersions() : oldestAndNewest()

describe.each(versions)('Celery $version', (celery) => {
  let cluster: Cluster
  let broker: Broker
  const events: TaskEvent[] = []
  beforeAll(async () => {
    cluster = await Cluster.start('redis', celery)
    broker = openBroker(cluster.brokerUrl)
    await broker.connect()
    await broker.subscribe((delivery) => {
      for (const event of decodeEvents(delivery.open()).events) if ('uuid' in event) events.push(event)
    })
  })
  afterAll(async () => {
    await broker.close()
    await cluster.stop()
  })

  const askOf = (pool: Pool) => ({ destination: [`${pool}@localhost`], timeoutMs: 15_000 })
  const statsOf = async (pool: Pool): Promise<WorkerStats> => {
    const [answer] = await stats(broker, askOf(pool))
    if (answer === undefined) throw new Error(`the worker on ${pool} does not answer`)
    return answer
  }
  const untilEvent = async (id: string, wanted: TaskEvent['type']) => {
    const ofTask = async () => events.filter(({ uuid }) => uuid === id)
    const seen = await eventually(`${wanted} of ${id}`, ofTask, (all) =>
      all.some(({ type }) => type === wanted),
    )
    return seen.find(({ type }) => type === wanted)
  }
  const untilState = (id: string, wanted: string) =>
    eventually(
      `${wanted} of ${id}`,
      () => cluster.publisher.states([id]),
      (states) => states[id] === wanted,
    )
  /** Not by its event: a threads worker loses one now and then. */
  const start = async (pool: Pool, task: string, seconds: number): Promise<string> => {
    const id = await cluster.send(task, { seconds }, { queue: pool })
    await untilState(id, 'STARTED')
    return id
  }
  const terminate = async (pool: Pool, id: string) => {
    const [reply] = await revoke(broker, [id], { ...askOf(pool), terminate: true })
    return reply
  }

  describe.each(['prefork', 'threads', 'solo', 'gevent', 'eventlet'] as const)('%s', (pool) => {
    const isGreen = pool === 'gevent' || pool === 'eventlet'
    const isThere = !isGreen || hasGreenPool(celery, pool)
    const expected = expectedOf(pool, celery)
    beforeAll(async () => {
      if (isThere) await cluster.startWorker({ name: pool, pool, queues: [pool] })
    })

    test.skipIf(!isThere)('says which pool it is', async () => {
      const { pool: said, processes } = await statsOf(pool)

      expect(said).toEqual({ kind: pool, canTerminate: expected.canTerminate })
      expect(processes).toEqual(pool === 'prefork' ? [expect.any(Number), expect.any(Number)] : null)
    })

    test.skipIf(!isThere)(`a running task that is to be terminated ends as ${expected.state}`, async () => {
      const id = await start(pool, 'test.sleep', expected.state === 'REVOKED' ? 60 : 3)

      const reply = await terminate(pool, id)

      expect(reply).toMatchObject(expected.reply)
      await untilState(id, expected.state)
      expect(await active(broker, askOf(pool))).toEqual([])
    })

    if (!isGreen || expected.state !== 'REVOKED') return
    test.skipIf(!isThere)('a killed greenlet announces two ends', async () => {
      const id = await start(pool, 'test.sleep', 60)

      await terminate(pool, id)

      expect(await untilEvent(id, 'task-revoked')).toMatchObject({ terminated: true, signum: 15 })
      // `killable_target` of both pools returns (False, None, None): no failure, no result, no runtime.
      expect(await untilEvent(id, 'task-succeeded')).toMatchObject({ result: null, runtime: null })
    })
  })

  test('the process of a terminated task leaves the list', async () => {
    const id = await start('prefork', 'test.sleep', 60)
    const [running] = await active(broker, askOf('prefork'))

    await terminate('prefork', id)

    await untilEvent(id, 'task-revoked')
    const processes = async () => (await statsOf('prefork')).processes ?? []
    expect(running?.pid).toEqual(expect.any(Number))
    await eventually('the process left', processes, (pids) => !pids.some((pid) => pid === running?.pid))
    expect(await processes()).toHaveLength(2)
  })

  test('the process of a task that ignores the signal stays, though the task counts as revoked', async () => {
    const id = await start('prefork', 'test.ignore_sigterm', 4)
    const [running] = await active(broker, askOf('prefork'))

    await terminate('prefork', id)

    expect(await untilEvent(id, 'task-revoked')).toMatchObject({ terminated: true })
    expect(await active(broker, askOf('prefork'))).toEqual([])
    expect((await statsOf('prefork')).processes).toContain(running?.pid)
    await untilState(id, 'SUCCESS')
    expect((await statsOf('prefork')).processes).toContain(running?.pid)
  })
})
