import { describe, expect, test } from 'vitest'
import { oppositeCorners } from '../harness/corners.js'
import { eventually } from '../harness/eventually.js'
import { listen } from '../harness/live.js'
import { base } from '../harness/made-events.js'
import { WithCrisper } from '../harness/with-crisper.js'

describe.each(oppositeCorners())(
  'progress by update_state on $kind, Celery $celery.version',
  ({ kind, celery }) => {
    const here = new WithCrisper(kind, celery)

    /** Until what is stored now of other tasks has been read. */
    const untilLookedAgain = async () => {
      const id = await here.cluster.send('test.update_state', { total: 100, seconds: 20 })
      await untilDone(id, 1)
      await here.crisper.stop(id, { hard: true })
      await here.crisper.untilState(id, 'REVOKED')
    }

    const untilDone = (id: string, least: number) =>
      eventually(
        `progress ${least} of ${id}`,
        async () => (await here.crisper.list(`search=${id}`)).tasks[0],
        (task) => (task?.done ?? 0) >= least,
      )

    test('the row has it: in the list, in the detail and in the live stream', async () => {
      await here.cluster.startWorker()
      const live = await listen(here.crisper, '')
      const id = await here.cluster.send('test.update_state', { total: 20, seconds: 15 })

      const listed = await untilDone(id, 3)

      expect(listed).toMatchObject({ state: 'PROGRESS', total: 20, meta: { file: 'b.csv' } })
      expect(listed?.by_category).toEqual({ even: expect.any(Number) })
      expect(await here.crisper.task(id)).toMatchObject({
        state: 'PROGRESS',
        total: 20,
        sources: { progress: 'result_backend', state: 'result_backend' },
      })
      await here.crisper.untilState(id, 'SUCCESS')
      const told = live.frames.flatMap(({ tasks }) => tasks.filter(({ task_id }) => task_id === id))
      const bars = told.map(({ done }) => done).filter((done) => done !== null)
      expect(new Set(bars).size).toBeGreaterThan(1)
      expect(bars).toEqual(bars.toSorted((a, b) => a - b))
      await live.close()
    })

    test('a task that tells it hundreds of times a second costs a write every two seconds', async () => {
      const live = await listen(here.crisper, '')
      const sentAt = Date.now()
      const id = await here.cluster.send('test.update_state', { total: 1500, seconds: 5 })
      await here.crisper.untilState(id, 'SUCCESS')
      const seconds = (Date.now() - sentAt) / 1000
      const bars = live.frames.flatMap(({ tasks }) =>
        tasks.filter(({ task_id }) => task_id === id).flatMap(({ done }) => done ?? []),
      )
      expect(new Set(bars).size).toBeGreaterThan(0)
      expect(new Set(bars).size).toBeLessThanOrEqual(Math.ceil(seconds / 2) + 1)
      await live.close()
    })

    test('it does not bring a finished task back, even where its end is stored nowhere', async () => {
      const sent = { total: 30, seconds: 6, state: 'IMPORTING' }
      const id = await here.cluster.send('test.update_state', sent, { ignore_result: true })
      await untilDone(id, 1)
      await here.crisper.untilState(id, 'SUCCESS')
      expect(await here.cluster.publisher.result(id)).toMatchObject({ state: 'IMPORTING' })

      await untilLookedAgain()

      expect(await here.crisper.task(id)).toMatchObject({ state: 'SUCCESS', total: 30 })
    })

    test('what an event told is not overridden by what is stored when Crisper looks for the first time', async () => {
      const id = await here.cluster.send('test.update_state', { total: 1, seconds: 60 })
      await untilDone(id, 1)
      await here.raw.publish({ ...base(id), type: 'task-progress', done: 400, total: 1000 })
      await untilDone(id, 400)
      await here.crash()

      await untilLookedAgain()

      const [task] = (await here.crisper.list(`search=${id}`)).tasks
      expect(task).toMatchObject({ state: 'PROGRESS', done: 400, total: 1000 })
      await here.crisper.stop(id, { hard: true })
      await here.crisper.untilState(id, 'REVOKED')
    })
  },
)
