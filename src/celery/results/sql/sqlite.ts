import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import {
  type Dialect,
  messageOf,
  type SqlClient,
  SqlFailure,
  type SqlProblem,
  type Statement,
} from './client.js'
import type { SqliteUrl } from './url.js'

/** How long a file that a worker writes to is tried again. */
const patienceMs = 5_000
const longestPauseMs = 100

/**
 * Results in an SQLite file, which workers write at the same time. It has to be SQLite itself, with the locks of the
 * operating system: a build in WebAssembly (node-sqlite3-wasm) takes no part in them, and read pages of two transactions
 * in one of sixteen queries while a worker wrote. Node's own `node:sqlite`, of the same interface, is not in Node 20.
 *
 * The file is opened for each statement. That takes less than a millisecond; nothing is held open in between, and a
 * file that was replaced is the new one.
 */
export class SqliteClient implements SqlClient {
  readonly dialect = sqliteDialect
  readonly #file: string

  constructor(url: SqliteUrl) {
    this.#file = resolve(url.file)
  }

  read(statement: Statement): Promise<readonly unknown[]> {
    return this.#patiently(statement, true)
  }

  async write(statement: Statement): Promise<void> {
    await this.#patiently(statement, false)
  }

  async close(): Promise<void> {}

  /** SQLite's own way to wait for a lock would hold up the whole process. */
  async #patiently(statement: Statement, readOnly: boolean): Promise<readonly unknown[]> {
    const { DatabaseSync } = await driver()
    const deadline = Date.now() + patienceMs
    for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      try {
        // Opened for writing, SQLite would make a file that is not there.
        if (!existsSync(this.#file)) throw new SqlFailure('no_database', `there is no file ${this.#file}`)
        return run(new DatabaseSync(pathToFileURL(this.#file), { readOnly, timeout: 0 }), statement)
      } catch (error) {
        if (error instanceof SqlFailure) throw error
        if (!/database( table)? is locked/.test(messageOf(error)) || Date.now() > deadline)
          throw new SqlFailure(problemOf(error), `${messageOf(error)} (${this.#file})`, { cause: error })
      }
      await sleep(pauseMs)
    }
  }
}

const sqliteDialect: Dialect = {
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  placeholder: () => '?',
  epoch: (column) => `(julianday(${column}) - 2440587.5) * 86400`,
  now: "strftime('%Y-%m-%d %H:%M:%f', 'now')",
  upsert: 'on conflict',
  newId: () => null,
}

function run(database: DatabaseSyncInstance, { sql, values }: Statement): readonly unknown[] {
  try {
    return database.prepare(sql).all(...values)
  } finally {
    database.close()
  }
}

/** It is an optional dependency, ready-made for the usual systems. */
async function driver() {
  try {
    return await import('@photostructure/sqlite')
  } catch (error) {
    throw new SqlFailure('no_driver', messageOf(error), { cause: error })
  }
}

function problemOf(error: unknown): SqlProblem {
  const message = messageOf(error)
  if (/no such table|unknown database/.test(message)) return 'no_table'
  if (/readonly|read-only|authoriz|permission/i.test(message)) return 'no_permission'
  if (/unable to open/.test(message)) return 'no_permission'
  return /locked|busy/.test(message) ? 'away' : 'other'
}
