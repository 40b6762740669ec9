import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { connect, type DatabaseConnection } from '../../../src/db/connect.js'
import { inspectJobsTable } from '../../../src/db/jobs-table/inspect.js'
import type { JobsTable } from '../../../src/db/jobs-table/jobs-table.js'
import { migrate } from '../../../src/db/migrate.js'
import { Settler } from '../../../src/tasks/attached/settler.js'
import { attachedWriter, lockTimeoutMs } from '../../../src/tasks/attached/write.js'
import type { JobState } from '../../../src/tasks/job.js'
import type { TaskRecord } from '../../../src/tasks/record.js'
import { stoppedRegister } from '../../../src/tasks/record-of-event.js'
import { TaskStore } from '../../../src/tasks/store.js'
import { taskTypes } from '../../../src/tasks/task-types.js'
import { createCoreJob } from '../../harness/core-job.js'
import { eventually } from '../../harness/eventually.js'
import { startPostgres, type TestPostgres } from '../../harness/postgres.js'
import { TestFolder } from '../../harness/test-folder.js'

const folder = new TestFolder()
const types = taskTypes([{ value: 'etl', prefixes: ['etl.'] }])
let postgres: TestPostgres
let database: DatabaseConnection
let table: JobsTable
let store: TaskStore
let settler: Settler

beforeAll(async () => {
  postgres = await startPostgres({ dir: folder.path('postgres') })
  database = connect({ url: postgres.url }, () => {}, { lockTimeoutMs })
  const { pool } = database
  await pool.query('create table public.users (id integer primary key); insert into public.users values (7)')
  await createCoreJob(pool, {
    name: 'public.core_job',
    extra: ['foreign key (created_by_id) references users'],
  })
  table = await inspectJobsTable(pool, 'core_job')
  await migrate(database.db, pool)
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  settler = new Settler({ pool, table, types, log })
  settler.start()
})

afterAll(async () => {
  await settler?.stop()
  await database?.close()
  await postgres?.stop()
  folder.remove()
})

beforeEach(() => {
  // A store of its own: nothing is remembered from the test before.
  store = new TaskStore({ pool: database.pool, types, write: attachedWriter(table, types) })
})

const start = Date.parse('2026-03-01T10:00:00Z') / 1000

interface Made {
  readonly at: number
  readonly retries?: number
  readonly kwargs?: { createdById?: number; tenantId?: string; companyId?: number }
  readonly error?: string
  readonly done?: number
  readonly total?: number
}

const phases: Partial<Record<JobState, number>> = {
  SENT: 0,
  RECEIVED: 1,
  STARTED: 2,
  PROGRESS: 3,
  RETRY: 4,
  SUCCESS: 5,
  FAILURE: 5,
  REVOKED: 5,
}
const headStarts: Partial<Record<JobState, number>> = { SUCCESS: 120, FAILURE: 60, REVOKED: 90 }

/** What an event of that state tells; seconds count from the start. */
function event(
  taskId: string,
  state: JobState,
  { at, retries = 0, kwargs, error, ...progress }: Made,
): TaskRecord {
  const time = start + at
  const worker = 'w1@host'
  return {
    taskId,
    firstSeenAt: time,
    state: {
      state,
      fromWorker: state !== 'SENT',
      at: time,
      rank: time + (headStarts[state] ?? 0),
      phase: phases[state] ?? 0,
      worker,
      ...(error !== undefined && { exception: { text: error } }),
      ...(state === 'SUCCESS' && { result: { text: '42' } }),
    },
    ...(state === 'RECEIVED' && {
      received: { at: time, name: 'etl.load', retries, ...(kwargs !== undefined && { owner: kwargs }) },
    }),
    ...(state === 'STARTED' && { firstStartedAt: time, lastStartedAt: time }),
    ...(progress.done !== undefined && { progress: { at: time, ...progress } }),
    timeline: [{ type: `task-${state.toLowerCase()}`, at: time, worker }],
  }
}

/** What the application's own handlers write. */
async function application(taskId: string, values: Record<string, unknown>): Promise<void> {
  const row = { task_name: 'etl.load', kind: 'other', retries: 0, max_retries: 3, ...values }
  const names = Object.keys(row)
  await database.pool.query(
    `insert into public.core_job (id, task_id, created_at, ${names.join(', ')})
     values (gen_random_uuid(), $1, now(), ${names.map((_, index) => `$${index + 2}`).join(', ')})
     on conflict (task_id) do update set ${Object.keys(values)
       .map((name) => `${name} = excluded.${name}`)
       .join(', ')}`,
    [taskId, ...Object.values(row)],
  )
}

async function rowOf(taskId: string): Promise<Record<string, unknown>> {
  const { rows } = await database.pool.query('select * from public.core_job where task_id = $1', [taskId])
  expect(rows.length).toBeLessThan(2)
  return rows[0] ?? {}
}

const time = (seconds: number) => new Date((start + seconds) * 1000)

describe('rows that the application does not write', () => {
  test('are complete', async () => {
    const id = randomUUID()
    await store.apply([
      event(id, 'RECEIVED', { at: 0, kwargs: { createdById: 7, tenantId: '4', companyId: 9 } }),
    ])
    await store.apply([event(id, 'STARTED', { at: 1 })])
    await store.apply([event(id, 'SUCCESS', { at: 3 })])
    expect(await rowOf(id)).toMatchObject({
      task_name: 'etl.load',
      kind: 'etl',
      state: 'SUCCESS',
      worker: 'w1@host',
      tenant_id: '4',
      created_by_id: 7,
      meta: { task_type: 'etl', company_id: 9 },
      created_at: time(0),
      started_at: time(1),
      finished_at: time(3),
      retries: 0,
      max_retries: 0,
      result: 42,
    })
  })

  test('lack a user whom the application does not have', async () => {
    const [known, unknown] = [randomUUID(), randomUUID()]
    await store.apply([
      event(known, 'RECEIVED', { at: 0, kwargs: { createdById: 7 } }),
      event(unknown, 'RECEIVED', { at: 0, kwargs: { createdById: 8 } }),
    ])
    expect(await rowOf(unknown)).toMatchObject({ state: 'RECEIVED', created_by_id: null })
    expect(await rowOf(known)).toMatchObject({ state: 'RECEIVED', created_by_id: 7 })
  })
})

describe('rows that the application writes, too', () => {
  test('keep its owner, progress and keys of meta, and get what is missing', async () => {
    const id = randomUUID()
    await application(id, { state: 'SENT', tenant_id: 'acme', meta: { source: 'upload', task_type: null } })
    await store.apply([
      event(id, 'RECEIVED', { at: 0, kwargs: { tenantId: '4', createdById: 7, companyId: 9 } }),
    ])
    await store.apply([event(id, 'STARTED', { at: 1, done: 1, total: 10 })])
    await application(id, { state: 'PROGRESS', done: 5, total: 10 })
    await store.apply([event(id, 'STARTED', { at: 1.5, done: 2, total: 10 })])
    expect(await rowOf(id)).toMatchObject({
      state: 'PROGRESS',
      tenant_id: 'acme',
      created_by_id: 7,
      kind: 'etl',
      meta: { source: 'upload', task_type: 'etl', company_id: 9 },
      done: 5,
      total: 10,
    })
  })

  test.each<[JobState, JobState]>([
    ['SUCCESS', 'STARTED'],
    ['FAILURE', 'STARTED'],
    ['STARTED', 'RECEIVED'],
    ['PROGRESS', 'STARTED'],
    ['STARTED', 'SENT'],
  ])('%s does not go back to %s', async (ahead, behind) => {
    const id = randomUUID()
    await application(id, { state: ahead, started_at: time(2) })
    await store.apply([event(id, behind, { at: 1 })])
    expect(await rowOf(id)).toMatchObject({ state: ahead })
  })

  test.each<[JobState, JobState]>([
    ['SENT', 'RECEIVED'],
    ['SENT', 'SUCCESS'],
    ['PROGRESS', 'FAILURE'],
    ['RETRY', 'SUCCESS'],
    ['STARTED', 'REVOKED'],
  ])('%s goes on to %s', async (behind, ahead) => {
    const id = randomUUID()
    await application(id, { state: behind })
    await store.apply([event(id, ahead, { at: 5 })])
    expect(await rowOf(id)).toMatchObject({ state: ahead })
  })

  test('a retry that comes late does not undo the run after it', async () => {
    const id = randomUUID()
    await store.apply([event(id, 'STARTED', { at: 1 })])
    await application(id, { state: 'STARTED', retries: 1, started_at: time(4) })
    await store.apply([event(id, 'RETRY', { at: 3 })])
    expect(await rowOf(id)).toMatchObject({ state: 'STARTED' })
    await store.apply([event(id, 'RETRY', { at: 6 })])
    expect(await rowOf(id)).toMatchObject({ state: 'RETRY' })
    await store.apply([event(id, 'RECEIVED', { at: 7, retries: 2 })])
    expect(await rowOf(id)).toMatchObject({ state: 'RECEIVED', retries: 2 })
  })

  test('a run that comes late does not undo the retry after it, although one before was ours', async () => {
    const id = randomUUID()
    await store.apply([event(id, 'RECEIVED', { at: 0 })])
    await store.apply([event(id, 'RETRY', { at: 2 })])
    await application(id, { state: 'RETRY', retries: 2, started_at: time(4) })
    await store.apply([event(id, 'RECEIVED', { at: 3, retries: 1 })])
    await store.apply([event(id, 'STARTED', { at: 4.1 })])
    expect(await rowOf(id)).toMatchObject({ state: 'RETRY', retries: 2 })
    await store.apply([event(id, 'RECEIVED', { at: 6, retries: 2 })])
    expect(await rowOf(id)).toMatchObject({ state: 'RECEIVED' })
  })

  test('a promise to stop does not touch what runs, and gives way to what ran on', async () => {
    const [running, waiting] = [randomUUID(), randomUUID()]
    const promise = (taskId: string): TaskRecord => ({
      taskId,
      firstSeenAt: start + 5,
      state: stoppedRegister(start + 5),
      stop: { at: start + 5, mode: 'soft', by: 'ana', reason: 'wrong file' },
      timeline: [],
    })
    await application(running, { state: 'STARTED' })
    await application(waiting, { state: 'SENT', error: '' })
    await store.apply([promise(running), promise(waiting)])
    expect(await rowOf(running)).toMatchObject({ state: 'STARTED' })
    expect(await rowOf(waiting)).toMatchObject({
      state: 'REVOKED',
      error: 'Soft stopped by ana: wrong file',
      finished_at: time(5),
      task_name: 'etl.load',
    })
    await store.apply([event(waiting, 'STARTED', { at: 6 })])
    expect(await rowOf(waiting)).toMatchObject({ state: 'STARTED', finished_at: null })
  })

  test('a row that the application holds locked is written when it lets go, and nobody waits', async () => {
    const [locked, other] = [randomUUID(), randomUUID()]
    await application(locked, { state: 'SENT' })
    const client = await database.pool.connect()
    await client.query('begin')
    await client.query('select 1 from public.core_job where task_id = $1 for update', [locked])
    await store.apply([event(locked, 'SUCCESS', { at: 5 }), event(other, 'SUCCESS', { at: 5 })])
    expect(await rowOf(other)).toMatchObject({ state: 'SUCCESS' })
    expect(await rowOf(locked)).toMatchObject({ state: 'SENT' })
    await client.query('commit')
    client.release()
    await eventually(
      'the row to be written',
      () => rowOf(locked),
      ({ state }) => state === 'SUCCESS',
    )
  })

  test('a row that the application inserts at this moment is written when it is there', async () => {
    const id = randomUUID()
    const client = await database.pool.connect()
    await client.query('begin')
    await client.query(
      `insert into public.core_job (id, task_id, task_name, kind, state, created_at, retries, max_retries)
       values (gen_random_uuid(), $1, 'etl.load', 'other', 'SENT', now(), 0, 0)`,
      [id],
    )
    await store.apply([event(id, 'SUCCESS', { at: 5 })])
    await client.query('commit')
    client.release()
    await eventually(
      'the row to be written',
      () => rowOf(id),
      ({ state }) => state === 'SUCCESS',
    )
    expect(await rowOf(id)).toMatchObject({ kind: 'etl', meta: { task_type: 'etl' } })
  })

  test('where no event told the name, the type is that of the row', async () => {
    const id = randomUUID()
    await application(id, { state: 'STARTED' })
    await store.apply([event(id, 'SUCCESS', { at: 5 })])
    expect(await rowOf(id)).toMatchObject({ state: 'SUCCESS', meta: null })
    await eventually(
      'the row to be settled',
      () => rowOf(id),
      ({ kind }) => kind === 'etl',
    )
    expect(await rowOf(id)).toMatchObject({ meta: { task_type: 'etl' } })
  })

  test('what handlers write after the end is put right', async () => {
    const id = randomUUID()
    await application(id, { state: 'STARTED' })
    await store.apply([event(id, 'SUCCESS', { at: 5 })])
    await pause(10)
    await application(id, { state: 'PROGRESS', done: 10, total: 10, meta: { rows: 3 } })
    await eventually(
      'the row to be settled',
      () => rowOf(id),
      ({ state }) => state === 'SUCCESS',
    )
    expect(await rowOf(id)).toMatchObject({ done: 10, meta: { rows: 3, task_type: 'etl' } })
  })
})
