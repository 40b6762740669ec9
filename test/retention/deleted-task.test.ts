import { beforeAll, expect, test } from 'vitest'
import { ownJobsTable } from '../../src/db/jobs-table/jobs-table.js'
import { runRetention } from '../../src/retention/run.js'
import { retentionSettings } from '../../src/retention/settings.js'
import { TaskStore } from '../../src/tasks/store.js'
import { taskTypes } from '../../src/tasks/task-types.js'
import { writeOwn } from '../../src/tasks/write-records.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase()
let store: TaskStore

beforeAll(async () => {
  store = new TaskStore({ pool: database.pool, types: taskTypes(), write: writeOwn })
})

const longAgo = Date.now() / 1000 - 50 * 86_400

const heard = (taskId: string, at: number) => ({
  taskId,
  firstSeenAt: at,
  timeline: [{ type: 'task-received', at, worker: 'w1' }],
})
const ended = (taskId: string) => ({
  ...heard(taskId, longAgo),
  state: {
    state: 'SUCCESS' as const,
    fromWorker: true,
    at: longAgo,
    rank: longAgo + 120,
    phase: 6,
    worker: 'w1',
  },
})

const deleteOld = () =>
  runRetention({
    pool: database.pool,
    table: ownJobsTable,
    settings: retentionSettings.parse({ keep: '30d' }),
    began: new Date(),
    signal: new AbortController().signal,
    onProgress: () => {},
  })

test('a late event of a deleted task makes it new, whatever is remembered of it', async () => {
  await store.apply([ended('gone'), ended('late')])
  const at = Date.now() / 1000
  // Twice, so that what is remembered is no first version.
  await store.apply([heard('late', longAgo + 1)])
  expect((await deleteOld()).deleted).toEqual({ 0: 2 })
  expect(await store.find('gone')).toBeUndefined()

  // The store remembers `late`; beside it a task that is there, and one that is new.
  await store.apply([ended('there')])
  const applied = await store.apply([heard('late', at), heard('new', at), heard('there', longAgo + 2)])

  expect(applied.map(({ record }) => record.taskId).sort()).toEqual(['late', 'new', 'there'])
  const { rows } = await database.pool.query(
    'select task_id, version, state, created_at from task_detail join job using (task_id) order by task_id',
  )
  expect(rows).toMatchObject([
    { task_id: 'late', version: 1, state: 'PENDING', created_at: new Date(at * 1000) },
    { task_id: 'new', version: 1 },
    { task_id: 'there', version: 2, state: 'SUCCESS' },
  ])
  expect((await store.find('late'))?.record.timeline).toEqual(heard('late', at).timeline)
})
