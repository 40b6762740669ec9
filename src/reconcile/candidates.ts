import { type Kysely, type SqlBool, sql } from 'kysely'
import type { Database } from '../db/schema.js'
import { isJobState, type JobState } from '../tasks/job.js'
import { lastHeard, lostOf } from '../tasks/lost.js'
import { findJobs } from '../tasks/queries.js'
import type { TaskRecord } from '../tasks/record.js'
import { type Position, rowsInState } from '../tasks/rows-in-state.js'
import { parseRecord } from '../tasks/stored-record.js'

/** A task whose row is not finished, or that counts as lost, with what is known of it. */
export interface Candidate {
  readonly taskId: string
  readonly state: JobState
  readonly worker: string | null
  /** When something was last heard of it, in epoch seconds. */
  readonly heardAt: number
  /** undefined where the application wrote the row and no event came. */
  readonly record: TaskRecord | undefined
}

export interface Slice {
  readonly tasks: readonly Candidate[]
  /** Behind which the next begins; undefined at the end. */
  readonly next: Position | undefined
}

export const sliceSize = 1000

/** Tasks whose rows are in this state, oldest first. */
export async function inState(
  db: Kysely<Database>,
  state: JobState,
  after: Position | undefined,
): Promise<Slice> {
  const { rows, next } = await rowsInState(db, state, { after, limit: sliceSize })
  const records = await recordsOf(
    db,
    rows.map(({ task_id }) => task_id),
  )
  return {
    tasks: rows.map((row) =>
      toCandidate({
        taskId: row.task_id,
        state: row.state,
        worker: row.worker,
        since: row.started_at ?? row.created_at,
        record: records.get(row.task_id),
      }),
    ),
    next,
  }
}

/** Tasks that count as lost, longest first. By the partial index on lost_at. */
export async function lostTasks(db: Kysely<Database>, after: Position | undefined): Promise<Slice> {
  const rows = await db
    .selectFrom('task_detail')
    .select(['task_id', 'record'])
    .select(sql<string>`lost_at::text`.as('at'))
    .where('lost_at', 'is not', null)
    .$if(after !== undefined, (query) =>
      query.where(sql<SqlBool>`(lost_at, task_id) > (${after?.at}::timestamptz, ${after?.id}::text)`),
    )
    .orderBy('lost_at')
    .orderBy('task_id')
    .limit(sliceSize)
    .execute()
  const jobs = await findJobs(
    db,
    rows.map(({ task_id }) => task_id),
  )
  const last = rows.at(-1)
  return {
    tasks: rows.flatMap((row) => {
      const job = jobs.get(row.task_id)
      const record = parseRecord(row.record)
      const since = job?.startedAt ?? job?.createdAt
      if (job === undefined || since === undefined) return []
      return [toCandidate({ taskId: row.task_id, state: job.state, worker: job.worker, since, record })]
    }),
    next: rows.length < sliceSize || last === undefined ? undefined : { at: last.at, id: last.task_id },
  }
}

/** What is known of these tasks; those of which nothing is are left out. */
export async function candidatesOf(
  db: Kysely<Database>,
  taskIds: readonly string[],
): Promise<Map<string, Candidate>> {
  const [jobs, records] = await Promise.all([findJobs(db, taskIds), recordsOf(db, taskIds)])
  return new Map(
    [...jobs.values()].map(({ taskId, state, worker, startedAt, createdAt }) => [
      taskId,
      toCandidate({ taskId, state, worker, since: startedAt ?? createdAt, record: records.get(taskId) }),
    ]),
  )
}

/** Whether it counts as lost as things stand. */
export function isLost({ record }: Candidate): boolean {
  return record !== undefined && lostOf(record) !== undefined
}

interface Known {
  readonly taskId: string
  readonly state: string
  readonly worker: string | null
  readonly since: Date
  readonly record: TaskRecord | undefined
}

function toCandidate({ taskId, state, worker, since, record }: Known): Candidate {
  return {
    taskId,
    state: isJobState(state) ? state : 'PENDING',
    worker,
    heardAt: Math.max(since.getTime() / 1000, record === undefined ? 0 : lastHeard(record)),
    record,
  }
}

/** Not by the store: thousands of records that are only looked at must not push out of its cache those that events are of. */
async function recordsOf(db: Kysely<Database>, taskIds: readonly string[]): Promise<Map<string, TaskRecord>> {
  const rows = await db
    .selectFrom('task_detail')
    .select(['task_id', 'record'])
    .where(sql<boolean>`task_id = any(${taskIds}::text[])`)
    .execute()
  return new Map(rows.map(({ task_id, record }) => [task_id, parseRecord(record)]))
}
