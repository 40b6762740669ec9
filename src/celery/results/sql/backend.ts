import { z } from 'zod'
import { CannotAbort, Malformed, ResultBackendUnreachable } from '../../errors.js'
import type { ResultBackend, TaskMeta } from '../backend.js'
import { Aborter } from './abort.js'
import { inSql, type SqlClient, SqlFailure } from './client.js'
import { type Place, sentenceOf } from './sentences.js'

const idRow = z.object({ id: z.coerce.number(), task_id: z.string() })

/** Ids asked for in one query. */
const batchSize = 1_000

export interface SqlBackendParts extends Place {
  readonly client: SqlClient
  /** Told about rows that can't be read; they are left out. */
  readonly onMalformed: (taskId: string, problem: Malformed) => void
}

/** Results in a table of an SQL database. */
export class SqlResultBackend implements ResultBackend {
  readonly why = null
  readonly kind: 'database' | 'django'
  readonly maskedUrl: string
  readonly #parts: SqlBackendParts
  readonly #aborter: Aborter

  constructor(parts: SqlBackendParts) {
    this.#parts = parts
    this.#aborter = new Aborter(parts.client, parts.table, parts.name)
    this.kind = parts.kind
    this.maskedUrl = parts.maskedUrl
  }

  async get(ids: readonly string[]): Promise<Map<string, TaskMeta>> {
    const wanted = [...new Set(ids)].filter((id) => this.#isStorable(id))
    const stored = new Map<string, TaskMeta>()
    for (let at = 0; at < wanted.length; at += batchSize) {
      for (const row of await this.#rows(wanted.slice(at, at + batchSize))) {
        const meta = this.#read(row)
        if (meta !== null) stored.set(meta.taskId, meta)
      }
    }
    // In the order of the question; and MySQL may have taken another case for the same.
    return new Map(
      wanted.flatMap((id) => {
        const meta = stored.get(id)
        return meta === undefined ? [] : [[id, meta]]
      }),
    )
  }

  /** By the primary key, so that it costs the same however far it is. */
  async *taskIds(): AsyncGenerator<readonly string[]> {
    const { client, name } = this.#parts
    const { dialect } = client
    let last = 0
    for (;;) {
      const sql = `select id, task_id from ${inSql(dialect, name)} where id > ${dialect.placeholder(1)}
        order by id limit ${batchSize}`
      const rows = await client.read({ sql, values: [last] }).catch((error: unknown) => {
        throw new ResultBackendUnreachable(this.#sentence(error, 'read'), { cause: error })
      })
      const found = z.array(idRow).parse(rows)
      if (found.length > 0) yield found.map(({ task_id }) => task_id)
      if (found.length < batchSize) return
      last = found.at(-1)?.id ?? last
    }
  }

  async abort(taskId: string): Promise<void> {
    if (!this.#isStorable(taskId))
      throw new CannotAbort(`Task ${taskId} has an id that the table can't hold.`)
    try {
      await this.#aborter.abort(taskId)
    } catch (error) {
      const sentence = `Task ${taskId} can't be told to abort. ${this.#sentence(error, 'write to')}`
      if (error instanceof SqlFailure && error.problem === 'no_permission')
        throw new CannotAbort(sentence, { cause: error })
      throw new ResultBackendUnreachable(sentence, { cause: error })
    }
  }

  async check(): Promise<void> {
    await this.#rows(['a task of no interest'])
  }

  async close(): Promise<void> {
    await this.#parts.client.close()
  }

  /** Every column, since which there are depends on the version that made the table. By the unique index on task_id. */
  async #rows(ids: readonly string[]): Promise<readonly unknown[]> {
    const { client, name } = this.#parts
    const { dialect } = client
    const sql = `select t.*, ${dialect.epoch('t.date_done')} as done_at
      from ${inSql(dialect, name)} t
      where t.task_id in (${ids.map((_, index) => dialect.placeholder(index + 1)).join(', ')})`
    try {
      return await client.read({ sql, values: ids })
    } catch (error) {
      throw new ResultBackendUnreachable(this.#sentence(error, 'read'), { cause: error })
    }
  }

  #read(row: unknown): TaskMeta | null {
    try {
      return this.#parts.table.read(row)
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      this.#parts.onMalformed(taskIdOf(row), error)
      return null
    }
  }

  /** PostgreSQL has no text with NUL in it, and refuses the question. */
  #isStorable(id: string): boolean {
    return id.length <= this.#parts.table.longestId && !id.includes('\0') && id.isWellFormed()
  }

  #sentence(error: unknown, doing: 'read' | 'write to'): string {
    return sentenceOf(error, doing, this.#parts)
  }
}

function taskIdOf(row: unknown): string {
  return typeof row === 'object' && row !== null && 'task_id' in row ? String(row.task_id) : ''
}
