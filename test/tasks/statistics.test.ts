import { expect, test } from 'vitest'
import { everything } from '../../src/access/scope.js'
import { ownJobsTable } from '../../src/db/jobs-table/jobs-table.js'
import { AttachedRollup } from '../../src/tasks/attached/rollup/attached-rollup.js'
import { OwnRollup } from '../../src/tasks/rollup/rollup.js'
import { StatisticsCounter } from '../../src/tasks/statistics.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase()
const filter = { scope: everything, hoursAgo: 24 }

test("of an application's table, what is dear to count is kept for a while, and says from when it is", async () => {
  const counter = new StatisticsCounter(database.db, new AttachedRollup({ ...ownJobsTable, attached: true }))
  await addJob('first')
  await addJob('second')
  const lock = await database.pool.connect()
  await lock.query('begin; lock table job')
  const counting = counter.get(filter)
  // So long it takes.
  await lock.query('select pg_sleep(0.2); commit')
  lock.release()
  const counted = await counting
  expect(counted).toMatchObject({ total: 2, byState: { SUCCESS: 2 } })

  await addJob('third')
  expect(await counter.get(filter)).toEqual(counted)
  await expect.poll(async () => (await counter.get(filter)).total, { timeout: 20_000 }).toBe(3)
})

test('what has a rollup is never kept', async () => {
  const counter = new StatisticsCounter(database.db, new OwnRollup())
  const before = await counter.get(filter)
  await addJob('fourth')
  expect((await counter.get(filter)).total).toBe(before.total + 1)
})

async function addJob(taskId: string): Promise<void> {
  await database.pool.query(
    `insert into job (task_id, task_name, kind, state, created_at, retries, max_retries, meta)
     values ($1, 'etl.run', 'etl', 'SUCCESS', now(), 0, 0, '{"task_type": "etl"}')`,
    [taskId],
  )
}
