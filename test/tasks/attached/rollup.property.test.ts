import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { DatabaseConnection } from '../../../src/db/connect.js'
import { inspectJobsTable } from '../../../src/db/jobs-table/inspect.js'
import type { JobsTable } from '../../../src/db/jobs-table/jobs-table.js'
import { JobsTablePlugin } from '../../../src/db/jobs-table/plugin.js'
import { AttachedRollup } from '../../../src/tasks/attached/rollup/attached-rollup.js'
import { countSlice, hourMs, hourOf, minuteMs } from '../../../src/tasks/attached/rollup/count-slice.js'
import { writeState } from '../../../src/tasks/attached/rollup/state.js'
import type { TaskFilter } from '../../../src/tasks/filter.js'
import { levelFor } from '../../../src/tasks/rollup/level.js'
import { createCoreJob } from '../../harness/core-job.js'
import { WithDatabase } from '../../harness/with-database.js'
import { ago, filter } from '../rollup/arbitraries.js'
import { countsOf, recount } from '../rollup/recount.js'

const database = new WithDatabase()
let table: JobsTable
let db: DatabaseConnection['db']

beforeAll(async () => {
  await createCoreJob(database.pool, { name: 'public.core_job' })
  table = await inspectJobsTable(database.pool, 'core_job')
  db = database.db.withPlugin(new JobsTablePlugin(table))
})

const row = fc.record({
  id: fc.integer({ min: 0, max: 40 }),
  name: fc.constantFrom('etl.load', 'etl.clean', 'mail.send'),
  meta: fc.constantFrom(
    null,
    [],
    { task_type: 'etl' },
    { task_type: 'mail', company_id: 4 },
    { company_id: '' },
  ),
  tenant: fc.constantFrom(null, '', '4', 'acme'),
  state: fc.constantFrom('STARTED', 'SUCCESS', 'FAILURE', 'ODD'),
  createdAgo: ago,
})

/** What the application does between two counts of all hours in which it may have done something. */
const round = fc.record({
  written: fc.array(row, { maxLength: 30 }),
  deleted: fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 8 }),
})

test("counts are those of the application's rows, in every window, once its hours are counted", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(round, { minLength: 1, maxLength: 4 }),
      fc.array(filter, { minLength: 3, maxLength: 6 }),
      ago,
      check,
    ),
    { numRuns: 60 },
  )
})

async function check(
  rounds: readonly (typeof round extends fc.Arbitrary<infer T> ? T : never)[],
  filters: readonly (typeof filter extends fc.Arbitrary<infer T> ? T : never)[],
  uncounted: number,
): Promise<void> {
  await database.pool.query('delete from core_job; delete from attached_rollup')
  const now = Date.now()
  const until = new Date(Math.floor((now - uncounted * minuteMs) / minuteMs) * minuteMs)
  for (const { written, deleted } of rounds) {
    const before = await createdTimes()
    await database.pool.query('delete from core_job where task_id = any($1)', [deleted.map(String)])
    for (const each of written) await write(each, now)
    await countHoursOf([...before, ...(await createdTimes())], until)
  }
  await writeState(db, table, { countedUntil: until, freshAt: new Date(now) })
  const time = (minutesAgo: number | undefined) =>
    minutesAgo === undefined ? undefined : new Date(Math.round(now - minutesAgo * minuteMs))
  for (const { createdAfter, createdBefore, ...rest } of filters) {
    const asked: TaskFilter = {
      ...rest,
      createdAfter: time(createdAfter),
      createdBefore: time(createdBefore),
    }
    const counted = await new AttachedRollup(table).count(db, asked)
    if (levelFor(asked) === undefined) expect(counted).toBeUndefined()
    else expect(countsOf(counted)).toEqual(await recount(db, asked))
  }
}

async function createdTimes(): Promise<Date[]> {
  const { rows } = await database.pool.query<{ created_at: Date }>('select created_at from core_job')
  return rows.map(({ created_at: createdAt }) => createdAt)
}

async function countHoursOf(times: readonly Date[], until: Date): Promise<void> {
  const hours = new Set(times.map((time) => hourOf(time).getTime()))
  for (const hour of hours) {
    const to = new Date(Math.min(hour + hourMs, until.getTime()))
    if (hour >= to.getTime()) continue
    await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute((transaction) => countSlice(transaction, table, { from: new Date(hour), to }))
  }
}

async function write(each: typeof row extends fc.Arbitrary<infer T> ? T : never, now: number): Promise<void> {
  const { id, name, meta, tenant, state, createdAgo } = each
  await database.pool.query(
    `insert into core_job (id, task_id, task_name, kind, tenant_id, state, created_at, retries, max_retries, meta)
     values (gen_random_uuid(), $1, $2, 'other', $3, $4, $5, 0, 0, $6)
     on conflict (task_id) do update
        set task_name = excluded.task_name, tenant_id = excluded.tenant_id, state = excluded.state,
            created_at = excluded.created_at, meta = excluded.meta`,
    [
      String(id),
      name,
      tenant,
      state,
      new Date(Math.round(now - createdAgo * minuteMs)),
      meta && JSON.stringify(meta),
    ],
  )
}
