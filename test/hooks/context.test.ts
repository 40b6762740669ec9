import { beforeAll, describe, expect, test } from 'vitest'
import { oppositeCorners } from '../harness/corners.js'
import { eventually } from '../harness/eventually.js'
import { WithCrisper } from '../harness/with-crisper.js'

const pools = ['prefork', 'threads', 'solo'] as const

describe.each(oppositeCorners())(
  'the context of tasks on $kind, Celery $celery.version',
  ({ kind, celery }) => {
    const rig = new WithCrisper(kind, celery)
    beforeAll(async () => {
      for (const pool of pools) await rig.cluster.startWorker({ app: 'hooked_app', pool, queues: [pool] })
    })

    /** A task that has ended. Its context went another way than its end, so that it may come a moment later. */
    const run = async (
      pool: string,
      kwargs: object,
      { headers = {}, task = 'hooked.noop', until = 'context' } = {},
    ) => {
      const id = await rig.cluster.send(task, kwargs, { queue: pool, headers })
      await rig.crisper.untilState(id, 'SUCCESS', 'FAILURE')
      const known = await eventually(
        `the ${until} of ${id}`,
        () => rig.crisper.task(id),
        (seen) =>
          seen.in_db && Object.values(seen.sources).includes(until === 'context' ? 'context' : 'event'),
      )
      if (!known.in_db) throw new Error('only the result backend knows it')
      return known
    }

    describe.each(pools)('%s', (pool) => {
      test('what the publisher said in the headers', async () => {
        const headers = {
          tenant_id: 't1',
          company_id: 9,
          user_id: 12,
          job_kind: 'nightly',
          meta: { file: 'a.csv' },
        }

        const task = await run(pool, { company_id: 4 }, { headers })

        expect(task).toMatchObject({
          state: 'SUCCESS',
          kind: 'nightly',
          tenant_id: 't1',
          created_by_id: 12,
          meta: { file: 'a.csv', company_id: 9, task_type: 'other' },
          ownership: { company_id: 9, tenant_id: 't1', created_by_id: 12 },
          sources: { tenant_id: 'context', company_id: 'context', created_by_id: 'context' },
        })
        const { tasks } = await rig.crisper.list('company_id=9&kind=nightly')
        expect(tasks.map(({ task_id }) => task_id)).toContain(task.task_id)
      })

      test('what the function of the application says goes before that', async () => {
        const context = { tenant_id: 't2', user_id: '13', kind: 'import', meta: { rows: 7 } }
        const headers = { tenant_id: 't1', company_id: 9, meta: { file: 'a.csv' } }

        const task = await run(pool, { context }, { headers })

        expect(task).toMatchObject({
          kind: 'import',
          tenant_id: 't2',
          created_by_id: 13,
          meta: { file: 'a.csv', rows: 7, company_id: 9 },
        })
      })
    })

    test('a task of which nothing is said is as without the hooks', async () => {
      const task = await run('prefork', { company_id: 4 }, { until: 'end' })
      expect(task).toMatchObject({
        kind: 'other',
        tenant_id: null,
        meta: { task_type: 'other', company_id: 4 },
        sources: { company_id: 'arguments' },
      })
    })

    test.each(['broken', 'no dict', 'a text'])(
      'a function that is at fault (%s) never reaches the task, and headers still count',
      async (context) => {
        const task = await run('prefork', { context }, { headers: { tenant_id: 't1' } })
        expect(task).toMatchObject({ state: 'SUCCESS', tenant_id: 't1', result: 'done' })
      },
    )

    test('only what is JSON and of a modest size is sent', async () => {
      const task = await run('prefork', { context: 'odd' })
      expect(task).toMatchObject({ state: 'SUCCESS', kind: 'odd', created_by_id: null })
      expect(task.tenant_id).toMatch(/^t{63}…$/)
      expect(task.meta).toEqual({
        task_type: 'other',
        object: null,
        long: 'x'.repeat(1000),
        inf: null,
        7: { deep: [[[['…']]]] },
        ok: 1,
      })
    })

    test('a retry, which loses its headers before Celery 5.3, keeps what the first run said', async () => {
      const headers = { tenant_id: 't1', meta: { file: 'a.csv' } }
      const task = await run('prefork', {}, { headers, task: 'hooked.retry' })
      expect(task).toMatchObject({ state: 'SUCCESS', retries: 1, tenant_id: 't1', meta: { file: 'a.csv' } })
    })

    test('a task that is called as a function or eagerly sends nothing and is not asked to stop', async () => {
      const task = await run('prefork', {}, { task: 'hooked.nested', until: 'end' })
      expect(task).toMatchObject({ state: 'SUCCESS', result: 'done' })
    })
  },
)
