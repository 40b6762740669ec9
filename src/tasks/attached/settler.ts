import type pg from 'pg'
import { z } from 'zod'
import type { JobsTable } from '../../db/jobs-table/jobs-table.js'
import { rowsAsText } from '../../db/rows-as-text.js'
import { type DerivedJob, deriveJob, unknownName, width } from '../derive.js'
import type { Log } from '../log.js'
import { Repeating } from '../repeating.js'
import { fitting } from '../storable.js'
import { parseRecord } from '../stored-record.js'
import type { TaskTypes } from '../task-types.js'
import { attachedColumns, namesOf, rowsDue, writeRowsAgain } from './statements.js'
import { UnknownUsers } from './unknown-users.js'
import { toAttachedRow } from './write.js'

export interface SettlerParts {
  readonly pool: pg.Pool
  readonly table: JobsTable
  readonly types: TaskTypes
  readonly log: Log
}

const everyMs = 1000
/** Rows in one statement. */
const most = 500

const dueRow = z.object({ task_id: z.string(), version: z.number(), record: z.unknown() })
const nameRow = z.object({ task_id: z.string(), task_name: z.string() })

/**
 * Looks once more at rows of the application's table: at those that were locked when their events came, and at those of
 * tasks that have ended, since the application's own handlers may have written after us. What is due stands in the
 * database, so a crash loses none of it.
 */
export class Settler {
  readonly #parts: SettlerParts
  readonly #text: string
  readonly #unknownUsers = new UnknownUsers()
  readonly #repeating = new Repeating(everyMs, (signal) => this.#settle(signal))

  constructor(parts: SettlerParts) {
    this.#parts = parts
    this.#text = writeRowsAgain(parts.table)
  }

  start(): void {
    this.#repeating.start()
  }

  stop(): Promise<void> {
    return this.#repeating.stop()
  }

  async #settle(signal: AbortSignal): Promise<void> {
    try {
      let found = most
      while (found === most && !signal.aborted) found = await this.#settleSome()
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'rows could not be looked at again; it is tried in a second')
    }
  }

  /** Answers how many were due. */
  async #settleSome(): Promise<number> {
    const { pool, table, types } = this.#parts
    const { rows } = await pool.query({
      name: 'rows-due',
      text: rowsDue(most),
    })
    const due = z
      .array(dueRow)
      .parse(rows)
      .map(({ version, record: stored }) => {
        const record = parseRecord(stored)
        return { version, record, job: deriveJob(record, types) }
      })
    if (due.length === 0) return 0
    const names = await this.#namesOf(due.filter(({ job }) => job.taskName === unknownName))
    const again = due.map(({ version, record, job }) => {
      const columns = {
        json: null,
        rootId: null,
        parentId: null,
        exceptionType: null,
        runtime: null,
        lostAt: null,
      }
      const write = {
        version,
        record,
        previous: record,
        job: named(job, names.get(job.taskId), types),
        ...columns,
      }
      return toAttachedRow(write, table, types)
    })
    await this.#unknownUsers.without(again, (known) =>
      pool.query({
        name: 'write-rows-again',
        text: this.#text,
        values: [rowsAsText(attachedColumns, known)],
      }),
    )
    return due.length
  }

  /** What the rows say, where no event told the name. */
  async #namesOf(unnamed: readonly { readonly job: DerivedJob }[]): Promise<Map<string, string>> {
    if (unnamed.length === 0) return new Map()
    const { pool, table } = this.#parts
    const { rows } = await pool.query(namesOf(table), [unnamed.map(({ job }) => job.taskId)])
    return new Map(
      z
        .array(nameRow)
        .parse(rows)
        .map(({ task_id, task_name }) => [task_id, task_name]),
    )
  }
}

/** Where no event told the name, the application's row does. */
function named(job: DerivedJob, rowName: string | undefined, types: TaskTypes): DerivedJob {
  if (job.taskName !== unknownName || rowName === undefined || rowName === '') return job
  const taskType = types.of(rowName)
  const meta = typeof job.meta === 'object' && job.meta !== null && !Array.isArray(job.meta) ? job.meta : {}
  return {
    ...job,
    taskName: rowName,
    kind: fitting(taskType, width.kind),
    meta: { ...meta, task_type: taskType },
  }
}
