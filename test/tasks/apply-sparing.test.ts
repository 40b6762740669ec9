import { beforeAll, expect, test } from 'vitest'
import { connect, isTransient } from '../../src/db/connect.js'
import { applySparing } from '../../src/tasks/apply-sparing.js'
import type { TaskRecord } from '../../src/tasks/record.js'
import { TaskStore } from '../../src/tasks/store.js'
import { taskTypes } from '../../src/tasks/task-types.js'
import { writeOwn } from '../../src/tasks/write-records.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase()
let store: TaskStore

beforeAll(async () => {
  store = new TaskStore({ pool: database.pool, types: taskTypes(), write: writeOwn })
})

const record = (taskId: string, firstSeenAt = 1_795_577_000): TaskRecord => ({
  taskId,
  firstSeenAt,
  timeline: [],
})

async function applied(records: readonly TaskRecord[], pool = store): Promise<string[]> {
  const refused: string[] = []
  await applySparing(records, {
    apply: async (some) => {
      await pool.apply(some)
    },
    passOn: isTransient,
    onRefused: ({ taskId }) => refused.push(taskId),
  })
  return refused
}

test('what the database refuses costs no other', async () => {
  const ids = Array.from({ length: 25 }, (_, n) => `task-${n}`)
  // No date: PostgreSQL takes no row without one.
  const bad = new Set(['task-0', 'task-11', 'task-12', 'task-24'])
  const refused = await applied(ids.map((id) => record(id, bad.has(id) ? Number.MAX_VALUE : undefined)))
  expect(refused.toSorted()).toEqual([...bad].toSorted())
  const { rows } = await database.pool.query<{ task_id: string }>('select task_id from job')
  expect(rows.map(({ task_id }) => task_id).toSorted()).toEqual(ids.filter((id) => !bad.has(id)).toSorted())
})

test('that the database is away is nobody else’s fault', async () => {
  const nowhere = connect({ url: 'postgres://nobody@127.0.0.1:1/none' }, () => {})
  const away = new TaskStore({ pool: nowhere.pool, types: taskTypes(), write: writeOwn })
  await expect(applied([record('a'), record('b')], away)).rejects.toThrow()
  await nowhere.close()
})
