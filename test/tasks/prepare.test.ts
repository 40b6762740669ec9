import { EventEmitter, once } from 'node:events'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { TaskStore } from '../../src/tasks/store.js'
import { taskTypes } from '../../src/tasks/task-types.js'
import { type RecordToWrite, writeOwn } from '../../src/tasks/write-records.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase()

/** A store whose next write waits until it is let go, or fails when it is; and the versions that each write was to make. */
function heldStore() {
  const versions: number[][] = []
  let before: (() => Promise<unknown>) | undefined
  const write = async (pool: pg.Pool, batch: readonly RecordToWrite[]) => {
    versions.push(batch.map(({ version }) => version))
    const holds = before
    before = undefined
    await holds?.()
    return await writeOwn(pool, batch)
  }
  const store = new TaskStore({ pool: database.pool, types: taskTypes(), write })
  const hold = () => {
    const latch = new EventEmitter()
    before = () => once(latch, 'go')
    return {
      go: () => latch.emit('go'),
      fail: () => latch.emit('error', new Error('the connection is lost')),
    }
  }
  return { store, versions, hold }
}

const at = Date.now() / 1000
const heard = (taskId: string, worker: string, later = 0) => ({
  taskId,
  firstSeenAt: at,
  timeline: [{ type: 'task-received', at: at + later, worker }],
})

async function workersOf(taskId: string): Promise<(string | undefined)[]> {
  const { store } = heldStore()
  return ((await store.find(taskId))?.record.timeline ?? []).map(({ worker }) => worker)
}

test('what is prepared while a batch is written builds on what that makes of its tasks', async () => {
  const { store, versions, hold } = heldStore()
  const held = hold()
  const first = store.apply([heard('both', 'w1'), heard('first', 'w1')])
  const next = [heard('both', 'w2', 1), heard('next', 'w2')]
  await store.prepare(next)
  held.go()
  await first

  expect((await store.apply(next)).map(({ record }) => record.taskId)).toEqual(['both', 'next'])

  expect(versions).toEqual([
    [1, 1],
    [2, 1],
  ])
  expect(await workersOf('both')).toEqual(['w1', 'w2'])
})

test('where somebody else was sooner, what was prepared on that is made anew', async () => {
  const { store, versions, hold } = heldStore()
  const held = hold()
  const first = store.apply([heard('fought over', 'w1')])
  const next = [heard('fought over', 'w2', 1)]
  await store.prepare(next)
  await heldStore().store.apply([heard('fought over', 'other', 2)])
  held.go()
  await first
  await store.apply(next)

  expect(await workersOf('fought over')).toEqual(['w1', 'w2', 'other'])
  expect(versions).toEqual([[1], [2], [3]])
})

test('where the write before fails, what was prepared on it is made anew', async () => {
  const { store, versions, hold } = heldStore()
  const held = hold()
  const first = store.apply([heard('failed', 'w1')])
  const next = [heard('failed', 'w2', 1)]
  await store.prepare(next)
  held.fail()
  await expect(first).rejects.toThrow('the connection is lost')

  await store.apply(next)
  await store.apply([heard('failed', 'w1')])

  expect(versions).toEqual([[1], [1], [2]])
  expect(await workersOf('failed')).toEqual(['w1', 'w2'])
})

test('what was prepared before somebody else wrote is not written over that', async () => {
  const { store } = heldStore()
  await store.apply([heard('known', 'w1')])
  const next = [heard('known', 'w2', 1)]
  await store.prepare(next)
  await heldStore().store.apply([heard('known', 'other', 2)])

  await store.apply(next)

  expect(await workersOf('known')).toEqual(['w1', 'w2', 'other'])
})
