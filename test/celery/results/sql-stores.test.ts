import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ResultBackend, TaskMeta } from '../../../src/celery/results/backend.js'
import { exceptionText } from '../../../src/celery/results/exception-text.js'
import { openResultBackend } from '../../../src/celery/results/open.js'
import { type CeleryVersion, oldestAndNewest } from '../../harness/celery-versions.js'
import { Cluster } from '../../harness/cluster.js'
import { eventually } from '../../harness/eventually.js'
import { missingFor, type ResultStore, type StoreKind, startStore } from '../../harness/result-stores.js'

const [oldest, newest = oldest] = oldestAndNewest()

/** Every store with one end of the versions; PostgreSQL, in which most keep results, with both. */
const places: [StoreKind, CeleryVersion | undefined][] = [
  ['PostgreSQL', oldest],
  ['PostgreSQL', newest],
  ['SQLite', newest],
  ['MariaDB', newest],
  ['Django on PostgreSQL', newest],
  ['Django on SQLite', oldest],
  ['Django on MariaDB', oldest],
]

describe.each(
  places.flatMap(([kind, celery]) => {
    if (celery === undefined) return []
    const missing = missingFor(kind, celery)
    const title = `Celery ${celery.version}, ${kind}${missing === null ? '' : ` (left out: ${missing})`}`
    return [{ kind, celery, missing, title }]
  }),
)('results: $title', ({ kind, celery, missing }) => {
  // At once, since most of them wait for tasks.
  describe.skipIf(missing !== null).concurrent('a worker and we', () => {
    let store: ResultStore
    let cluster: Cluster
    let backend: ResultBackend
    const problems: string[] = []
    const isDjango = kind.startsWith('Django')

    beforeAll(async () => {
      store = await startStore(kind, celery)
      cluster = await Cluster.start('redis', celery, store)
      await cluster.startWorker({ concurrency: 4 })
      backend = openResultBackend(store.url, {
        resultKeyprefix: '',
        masterName: 'mymaster',
        sentinelPassword: null,
        djangoDatabase: store.djangoDatabase,
        onMalformed: (id, { message }) => problems.push(`${id}: ${message}`),
      })
    })
    afterAll(async () => {
      await backend?.close()
      await cluster?.stop()
      await store?.stop()
      expect(problems).toEqual([])
    })

    const until = async (id: string, ...wanted: string[]): Promise<TaskMeta> => {
      const meta = await eventually(
        `${id} to be ${wanted.join(' or ')}`,
        async () => (await backend.get([id])).get(id),
        (found) => found !== undefined && wanted.includes(found.status),
      )
      if (meta === undefined) throw new Error('it was there a moment ago')
      return meta
    }

    test('a success, with what result_extended adds', async () => {
      const before = Date.now()
      const id = await cluster.send('test.add', { x: 1, y: 2 })

      const meta = await until(id, 'SUCCESS')

      expect(meta).toEqual({
        taskId: id,
        status: 'SUCCESS',
        result: 3,
        traceback: null,
        dateDone: expect.any(Date),
        children: [],
        parentId: null,
        groupId: null,
        name: 'test.add',
        // django-celery-results keeps reprs.
        args: isDjango ? '()' : [],
        kwargs: isDjango ? "{'x': 1, 'y': 2}" : { x: 1, y: 2 },
        worker: 'w1@localhost',
        retries: isDjango ? null : 0,
        queue: isDjango ? null : 'celery',
      })
      expect(Math.abs(Number(meta.dateDone) - before)).toBeLessThan(60_000)
    })

    test('a task that runs, and where', async () => {
      const id = await cluster.send('test.sleep', { seconds: 60 })

      const meta = await until(id, 'STARTED')

      expect(meta).toMatchObject({
        result: { pid: expect.any(Number), hostname: 'w1@localhost' },
        dateDone: null,
      })
      await cluster.publisher.terminate(id)
      const revoked = await until(id, 'REVOKED')
      // On hearing of it Celery 5.6 stores it as revoked, and then what came of it.
      expect(exceptionText(revoked.result)).toMatch(
        /^celery\.exceptions\.TaskRevokedError: (revoked|terminated)$/,
      )
      expect(revoked.dateDone).toBeInstanceOf(Date)
    })

    test('a failure', async () => {
      const id = await cluster.send('test.fail', { message: "it's é" })

      const meta = await until(id, 'FAILURE')

      expect(exceptionText(meta.result)).toBe("ValueError: it's é")
      expect(meta.traceback).toMatch(/^Traceback[\s\S]*ValueError: it's é\s*$/)
    })

    test('a retry is not the end', async () => {
      const id = await cluster.send('test.retry', { times: 1, countdown: 1.5 })

      const meta = await until(id, 'RETRY')

      expect(exceptionText(meta.result)).toMatch(/attempt 0/)
      expect(meta.dateDone).toBeNull()
      expect(await until(id, 'SUCCESS')).toMatchObject({ result: 1 })
    })

    test('progress', async () => {
      const id = await cluster.send('test.progress', { total: 6, step_seconds: 0.25 })

      const meta = await until(id, 'PROGRESS')

      expect(meta).toMatchObject({
        result: { done: expect.any(Number), total: 6, by_category: { even: expect.any(Number) } },
        dateDone: null,
      })
      expect(await until(id, 'SUCCESS')).toMatchObject({ result: 6 })
    })

    test('a result that is no plain value', async () => {
      const { result } = await until(await cluster.send('test.today'), 'SUCCESS')

      // Django's are in the serializer, which is JSON; how that writes a date depends on the version.
      if (isDjango) expect(JSON.stringify(result)).toContain(new Date().toISOString().slice(0, 7))
      else expect(result).toEqual({ binary: 'pickle', size: expect.any(Number) })
    })

    test('many at once; those of which nothing is known are left out', async () => {
      const known = await Promise.all([1, 2, 3].map((x) => cluster.send('test.add', { x, y: 0 })))
      for (const id of known) await until(id, 'SUCCESS')
      const strangers = Array.from({ length: 2_500 }, (_, at) => `stranger-${at}`)

      const found = await backend.get([...strangers, ...known, ...known, 'a\0b', 'x'.repeat(5000), "'; --"])

      expect([...found].map(([id, { result }]) => [id, result])).toEqual(known.map((id, at) => [id, at + 1]))
      expect(await backend.get([])).toEqual(new Map())
    })

    test('it says that it can be read', async () => {
      await expect(backend.check()).resolves.toBeUndefined()
      expect(backend).toMatchObject({ kind: isDjango ? 'django' : 'database', why: null })
      expect(backend.maskedUrl).toMatch(isDjango ? /^django-db \(\w+.*:\/\// : /^db\+\w+.*:\/\//)
    })

    test('a task that looks for it ends itself, and shows as ABORTED until then', async () => {
      const id = await cluster.send('test.abortable', { seconds: 60, step_seconds: 3 })
      await until(id, 'STARTED')

      await backend.abort(id)

      const [theirs, ours] = await Promise.all([cluster.publisher.result(id), backend.get([id])])
      expect(theirs).toEqual({ state: 'ABORTED', result: null })
      expect(ours.get(id)).toMatchObject({ status: 'ABORTED', result: null, dateDone: null })
      expect(await until(id, 'SUCCESS')).toMatchObject({ result: 'aborted' })
    })

    test('a task of which nothing is stored is told before it starts', async () => {
      await cluster.publisher.abort('theirs')
      await backend.abort('ours')
      await backend.abort('ours')

      expect(await cluster.publisher.result('ours')).toEqual(await cluster.publisher.result('theirs'))
      const found = await backend.get(['theirs', 'ours'])
      expect(found.get('ours')).toMatchObject({ status: 'ABORTED', result: null, name: null })
      expect(found.get('ours')).toEqual({ ...found.get('theirs'), taskId: 'ours' })
    })

    test.each([
      ['SUCCESS', 'test.add', { x: 1, y: 2 }],
      ['FAILURE', 'test.fail', { message: 'no' }],
    ])('a stored %s is left alone', async (state, task, kwargs) => {
      const id = await cluster.send(task, kwargs)
      const before = await until(id, state)

      await backend.abort(id)

      expect((await backend.get([id])).get(id)).toEqual(before)
    })

    test('results that come at the same moment as aborts stay', async () => {
      const ids = await Promise.all(
        Array.from({ length: 40 }, async (_, x) => {
          const id = await cluster.send('test.add', { x, y: 0 })
          await backend.abort(id)
          return id
        }),
      )

      const found = await eventually(
        'all to be stored',
        () => backend.get(ids),
        (metas) => ids.every((id) => metas.get(id)?.status === 'SUCCESS'),
      )

      expect(ids.map((id) => found.get(id)?.result)).toEqual(ids.map((_, x) => x))
      await Promise.all(ids.map((id) => backend.abort(id)))
      expect(await backend.get(ids)).toEqual(found)
    })
  })
})
