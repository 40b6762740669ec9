import fc from 'fast-check'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { TaskFilter } from '../../../src/tasks/filter.js'
import { fold } from '../../../src/tasks/rollup/fold.js'
import { foldingAlone } from '../../../src/tasks/rollup/folding-alone.js'
import { rebuild } from '../../../src/tasks/rollup/rebuild.js'
import { OwnRollup } from '../../../src/tasks/rollup/rollup.js'
import { WithDatabase } from '../../harness/with-database.js'
import { ago, filter } from './arbitraries.js'
import { countsOf, recount } from './recount.js'

const database = new WithDatabase()
const rollup = new OwnRollup()

const madeJob = fc.record({
  id: fc.integer({ min: 0, max: 40 }),
  name: fc.constantFrom('etl.load', 'etl.clean', 'mail.send'),
  meta: fc.constantFrom(
    null,
    {},
    { task_type: 'etl' },
    { task_type: 'mail', company_id: 4 },
    { company_id: '' },
  ),
  tenant: fc.constantFrom(null, '', '4', 'acme'),
  state: fc.constantFrom('STARTED', 'SUCCESS', 'FAILURE', 'ODD'),
  createdAgo: ago,
  started: fc.option(fc.double({ min: -5, max: 5000, noNaN: true })),
  ran: fc.option(fc.double({ min: -5, max: 5000, noNaN: true })),
})

type Step =
  | { do: 'write'; jobs: readonly (typeof madeJob extends fc.Arbitrary<infer T> ? T : never)[] }
  | { do: 'delete'; ids: readonly number[] }
  | { do: 'fold' }
  | { do: 'rebuild' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('write' as const), jobs: fc.array(madeJob, { maxLength: 30 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      ids: fc.array(fc.integer({ min: 0, max: 40 })),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'fold' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'rebuild' as const }) },
)

test('counts are those of the jobs, whatever was written, deleted and folded, in every window', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.array(filter, { minLength: 3, maxLength: 6 }), run),
    { numRuns: 60 },
  )
})

async function run(
  steps: readonly Step[],
  filters: readonly (typeof filter extends fc.Arbitrary<infer T> ? T : never)[],
): Promise<void> {
  const now = Date.now()
  const time = (minutesAgo: number | undefined) =>
    minutesAgo === undefined ? undefined : new Date(Math.round(now - minutesAgo * 60_000))
  for (const each of steps) await take(each, now)
  for (const { createdAfter, createdBefore, ...rest } of filters) {
    const asked: TaskFilter = {
      ...rest,
      createdAfter: time(createdAfter),
      createdBefore: time(createdBefore),
    }
    const counted = await rollup.count(database.db, asked)
    if (rest.taskName !== undefined && (rest.tenantId ?? rest.companyId) !== undefined) {
      expect(counted).toBeUndefined()
      continue
    }
    if (counted !== undefined) expect(countsOf(counted)).toEqual(await recount(database.db, asked))
  }
}

async function take(each: Step, now: number): Promise<void> {
  if (each.do === 'fold') await foldingAlone(database, fold)
  if (each.do === 'rebuild') expect(await rebuild(database)).toBe(true)
  if (each.do === 'delete')
    await sql`delete from job where task_id = any(${each.ids.map(String)})`.execute(database.db)
  if (each.do !== 'write') return
  const rows = [...new Map(each.jobs.map((job) => [job.id, job])).values()].map((job) => {
    const created = now - job.createdAgo * 60_000
    const started = job.started === null ? null : created + job.started * 1000
    const date = (at: number | null) => (at === null ? null : new Date(Math.round(at)))
    return {
      task_id: String(job.id),
      task_name: job.name,
      kind: 'other',
      tenant_id: job.tenant,
      state: job.state,
      created_at: new Date(Math.round(created)),
      started_at: date(started),
      finished_at: date(started === null || job.ran === null ? null : started + job.ran * 1000),
      retries: 0,
      max_retries: 0,
      meta: job.meta && JSON.stringify(job.meta),
    }
  })
  if (rows.length === 0) return
  await database.db
    .insertInto('job')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('task_id').doUpdateSet((eb) => ({
        task_name: eb.ref('excluded.task_name'),
        tenant_id: eb.ref('excluded.tenant_id'),
        state: eb.ref('excluded.state'),
        created_at: eb.ref('excluded.created_at'),
        started_at: eb.ref('excluded.started_at'),
        finished_at: eb.ref('excluded.finished_at'),
        meta: eb.ref('excluded.meta'),
      })),
    )
    .execute()
}
