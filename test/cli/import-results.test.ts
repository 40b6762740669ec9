import { spawnSync } from 'node:child_process'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newestCelery } from '../harness/celery-versions.js'
import { Cluster } from '../harness/cluster.js'
import { eventually } from '../harness/eventually.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { missingFor, type ResultStore, startStore } from '../harness/result-stores.js'

const celery = newestCelery()

describe.each(['Redis', 'PostgreSQL'] as const)('results of %s', (kind) => {
  const missing = kind === 'PostgreSQL' ? missingFor(kind, celery) : null

  describe.skipIf(missing !== null)('imported', () => {
    let store: ResultStore | undefined
    let cluster: Cluster
    let own: TestPostgres
    let pool: pg.Pool
    let succeeded: string[]
    let failed: string

    beforeAll(async () => {
      store = kind === 'PostgreSQL' ? await startStore(kind, celery) : undefined
      cluster = await Cluster.start('redis', celery, store)
      await cluster.startWorker({ env: { ...store?.env, CELERY_RESULT_EXTENDED: '1' } })
      own = await startPostgres({ dir: cluster.folder.path('own') })
      pool = new pg.Pool({ connectionString: own.url, max: 1 })
      pool.on('error', () => {})
      succeeded = await cluster.publisher.sendMany(30, { task: 'test.add', kwargs: { x: 1, y: 2 } })
      failed = await cluster.send('test.fail', { message: 'no such customer' })
      await eventually(
        'all to have ended',
        () => cluster.publisher.states([...succeeded, failed]),
        (states) => Object.values(states).every((state) => state === 'SUCCESS' || state === 'FAILURE'),
      )
    })

    afterAll(async () => {
      await pool?.end()
      await own?.stop()
      await cluster?.stop()
      await store?.stop()
    })

    const run = (...more: string[]) =>
      spawnSync(
        process.execPath,
        [
          ...['dist/cli/main.js', 'import', '--from-results', '--result-backend', cluster.backendUrl],
          ...['--database', own.url, ...more],
        ],
        { encoding: 'utf8' },
      )

    test('a dry run counts', () => {
      expect(run('--dry-run').stdout).toContain('31 results, 31 of them not known')
    })

    test('each becomes a row, once', async () => {
      expect(run().stdout).toContain('31 results, 31 of them new')
      expect(run().stdout).toContain('31 results, 0 of them new')
      const { rows } = await pool.query('select * from crisper.job where task_id = any($1)', [
        [succeeded[0], failed],
      ])
      expect(rows).toHaveLength(2)
      expect(rows).toContainEqual(
        expect.objectContaining({
          task_id: succeeded[0],
          task_name: 'test.add',
          state: 'SUCCESS',
          result: 3,
          worker: 'w1@localhost',
          meta: { task_type: 'other' },
          finished_at: expect.any(Date),
        }),
      )
      expect(rows).toContainEqual(
        expect.objectContaining({ task_id: failed, state: 'FAILURE', error: 'ValueError: no such customer' }),
      )
    })
  })
})

test('from where must be said', () => {
  const { status, stderr } = spawnSync(process.execPath, ['dist/cli/main.js', 'import'], { encoding: 'utf8' })
  expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('--from-results') })
})
