import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startWorker } from '../../scripts/services/celery-worker.mjs'
import type { BrokerOptions, ControlReply } from '../../src/celery/broker.js'
import { activeQueues } from '../../src/celery/control.js'
import { decodeEvents } from '../../src/celery/events.js'
import { newestCelery, oldestAndNewest } from '../harness/celery-versions.js'
import { Cleanups, type Rig, type Server, type Stream, streamOf, withApp } from './broker-rig.js'

const testApp = { app: 'crisper_test_app', appDir: folder('../harness/app') }
const renamedApp = { app: 'renamed_app', appDir: folder('./app') }
const ping = { method: 'ping', arguments: {} }
const nobody = 'nobody@localhost'

/** What a Broker promises whatever its kind, with real workers. `renamed` moves everything that can be moved. */
export function describeBrokerWithWorkers(rig: Rig, renamed: Renamed): void {
  describe.each(oldestAndNewest())(`broker on ${rig.kind} with workers of Celery $version`, (celery) => {
    const suite = new Cleanups()
    const each = new Cleanups()
    let server: Server
    const workerOf = async (name: string, options: Partial<Parameters<typeof startWorker>[0]> = {}) => {
      const worker = await startWorker({
        ...testApp,
        name,
        python: celery.python,
        broker: server.url,
        backend: 'cache+memory://',
        dir: await suite.folder(),
        pool: 'solo',
        ...options,
      })
      suite.add(() => worker.kill())
      return worker.nodeName
    }
    beforeAll(async () => {
      server = await suite.server(rig)
      await Promise.all([workerOf('one'), workerOf('two')])
    })
    afterEach(() => each.run())
    afterAll(() => suite.run())

    test('every worker replies, and each reply is told as it comes', async () => {
      const broker = await each.connected(server.url)
      const told: ControlReply[] = []

      const replies = await broker.broadcast(ping, {
        timeoutMs: 30_000,
        expected: 2,
        onReply: (reply) => told.push(reply),
      })

      expect(replies).toEqual(told)
      expect(byName(replies)).toEqual([
        { worker: 'one@localhost', value: { ok: 'pong' }, at: expect.any(Date) },
        { worker: 'two@localhost', value: { ok: 'pong' }, at: expect.any(Date) },
      ])
    })

    test('only the destination replies, and waiting ends when it has', async () => {
      const broker = await each.connected(server.url)

      const replies = await broker.broadcast(
        { ...ping, destination: ['two@localhost'] },
        { timeoutMs: 30_000 },
      )

      expect(replies.map(({ worker }) => worker)).toEqual(['two@localhost'])
    })

    test('who does not reply is waited for until the time is over or the signal aborts', async () => {
      const broker = await each.connected(server.url)
      const command = { ...ping, destination: ['one@localhost', nobody] }
      const stop = new AbortController()

      const timed = broker.broadcast(command, { timeoutMs: 2_000 })
      const aborted = broker.broadcast(command, {
        timeoutMs: 60_000,
        signal: stop.signal,
        onReply: () => stop.abort(),
      })

      expect((await timed).map(({ worker }) => worker)).toEqual(['one@localhost'])
      expect((await aborted).map(({ worker }) => worker)).toEqual(['one@localhost'])
    })

    test('a command that a worker does not know is answered with an error', async () => {
      const broker = await each.connected(server.url)
      const command = { method: 'nosuch', arguments: {}, destination: ['one@localhost'] }

      const [reply] = await broker.broadcast(command, { timeoutMs: 30_000 })

      expect(reply).toMatchObject({ worker: 'one@localhost', value: { error: "KeyError('nosuch')" } })
    })

    test('the events of a task arrive', async () => {
      const stream = await streamOf(await each.connected(server.url))

      const id = await withApp(celery, server.url, `print(app.send_task('test.add', [1, 2]).id)`)

      await expect
        .poll(() => typesOf(stream, id), { timeout: 20_000 })
        .toEqual(['task-received', 'task-sent', 'task-started', 'task-succeeded'])
    })

    test('what the settings rename is found', async () => {
      const env = { CELERY_SETTINGS: JSON.stringify(renamed.settings) }
      const node = await workerOf('renamed', { ...renamedApp, env, queues: ['moved'] })
      const broker = await each.connected(server.url, renamed.options)
      const stream = await streamOf(broker)

      const replies = await broker.broadcast(ping, { timeoutMs: 2_000 })
      expect(replies.map(({ worker }) => worker)).toEqual([node])
      const sent = `import json; app.conf.update(json.loads(r'''${env.CELERY_SETTINGS}'''))
print(app.send_task('renamed.add', [1, 2], queue='moved').id)
app.send_task('renamed.add', [1, 2], queue='waiting', priority=5)`
      const id = await withApp(celery, server.url, sent)
      await expect.poll(() => typesOf(stream, id), { timeout: 20_000 }).toContain('task-succeeded')
      expect(await broker.queueLengths(['waiting'])).toMatchObject([{ queue: 'waiting', waiting: 1 }])
      const bound = await broker.boundQueues(100)
      expect(bound.toSorted()).toEqual(rig.kind === 'redis' ? ['moved', 'waiting'] : [])
      expect(await activeQueues(broker, { timeoutMs: 30_000, expected: 1 })).toEqual([
        { worker: node, queues: [{ name: 'moved', fanout: false }] },
      ])
    })

    const isNewest = celery.version === newestCelery().version
    test.runIf(isNewest)('workers reply again after the server was away', async () => {
      const broker = await each.connected(server.url)

      await server.restart()
      await expect
        .poll(() => broker.status, { timeout: 30_000 })
        .toMatchObject({ state: 'connected', reconnects: 1 })

      // Celery waits 2, 4, 6 … s between its own attempts.
      await expect
        .poll(() => broker.broadcast(ping, { timeoutMs: 2_000, expected: 3 }), { timeout: 45_000 })
        .not.toEqual([])
    })
  })
}

export interface Renamed {
  /** Settings of Celery, and what Crisper calls them. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly options: Partial<BrokerOptions>
}

/** Types of the events about that task, sorted: publisher and worker each send on their own. */
function typesOf(stream: Stream, id: string): string[] {
  const events = stream.deliveries.flatMap((delivery) => decodeEvents(delivery.open()).events)
  return events
    .filter((event) => 'uuid' in event && event.uuid === id)
    .map(({ type }) => type)
    .toSorted()
}

function byName(replies: readonly ControlReply[]): ControlReply[] {
  return replies.toSorted((one, other) => one.worker.localeCompare(other.worker))
}

function folder(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}
