import type { JobsTable } from '../../db/jobs-table/jobs-table.js'
import { rowsAsText } from '../../db/rows-as-text.js'
import { deriveJob, unknownName } from '../derive.js'
import { isPromise } from '../record-of-event.js'
import type { TaskTypes } from '../task-types.js'
import { fittingUserId } from '../user-id.js'
import { toRow, type WriteRecords } from '../write-records.js'
import { attachedColumns, writeRecordsAndRows, writeRecordsOnly } from './statements.js'
import { UnknownUsers } from './unknown-users.js'

/** Milliseconds; half of PostgreSQL's deadlock_timeout: should we ever be part of a deadlock, it is ours to give way. */
export const lockTimeoutMs = 500
const lockNotAvailable = '55P03'

/** Writes records, and their rows into the application's table. The pool must have `lockTimeoutMs`. */
export function attachedWriter(table: JobsTable, types: TaskTypes): WriteRecords {
  const text = writeRecordsAndRows(table)
  const unknownUsers = new UnknownUsers()
  return async (pool, batch) => {
    const rows = batch.map((each) => toAttachedRow(each, table, types))
    const run = async (name: string, statement: string, values: readonly AttachedRow[]) => {
      const { rows: written } = await pool.query<{ task_id: string }>({
        name,
        text: statement,
        values: [rowsAsText(attachedColumns, values)],
      })
      return new Set(written.map(({ task_id }) => task_id))
    }
    return await unknownUsers
      .without(rows, (known) => run('write-rows', text, known))
      .catch(async (error: unknown) => {
        // An insert waits for a transaction that inserts the same id.
        if (codeOf(error) !== lockNotAvailable) throw error
        return await run('write-records-only', writeRecordsOnly, rows)
      })
  }
}

type AttachedRow = ReturnType<typeof toAttachedRow>

/** A row of `attachedColumns`. */
export function toAttachedRow(write: Parameters<typeof toRow>[0], table: JobsTable, types: TaskTypes) {
  const { record, previous } = write
  const base = previous && deriveJob(previous, types)
  const row = toRow(write)
  return {
    ...row,
    created_by_id: fittingUserId(table.userIdType, write.job.createdById),
    has_row: table.taskIdLength === null || row.task_id.length <= table.taskIdLength,
    state_at: new Date((record.state?.at ?? record.firstSeenAt) * 1000),
    // Our own stop of a task that has not started: a promise, not yet Celery's word.
    promised: record.state !== undefined && isPromise(record.state),
    // Without a name there is no type; the row's own name gives it when the row is looked at again (settler.ts).
    named: write.job.taskName !== unknownName,
    // Of the last message that a worker took: a retry that was only sent does not say that its run has begun.
    received_retries: record.received?.retries ?? 0,
    stopped: record.stop !== undefined || record.purge !== undefined,
    base_state: base?.state ?? null,
    base_retries: base?.retries ?? null,
    base_error: base?.error ?? null,
    base_total: base?.total ?? null,
    base_done: base?.done ?? null,
    base_by_category: base?.byCategory ?? null,
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
