import { inSql, type SqlClient, type Statement, type TableName } from './client.js'
import type { ResultTable } from './table.js'

/** States that an abort leaves alone: what came of the task is known. */
const kept = "('SUCCESS', 'FAILURE')"

/**
 * Stores the state ABORTED, for which `celery.contrib.abortable.AbortableTask.is_aborted` looks, in one statement: the
 * database sees to it that no result is stored between the look and the write. Celery's own way is to look first.
 *
 * A worker that has looked before us and found no row then fails to insert its own, and tries again (`retry` in
 * `celery.backends.database`, `transaction_retry` in `django_celery_results.managers`).
 */
export class Aborter {
  readonly #client: SqlClient
  readonly #table: ResultTable
  readonly #name: TableName
  /** SQL for the id of a new row, once it is known. */
  #id: string | null | undefined

  constructor(client: SqlClient, table: ResultTable, name: TableName) {
    this.#client = client
    this.#table = table
    this.#name = name
  }

  /** Rejects with SqlFailure. */
  async abort(taskId: string): Promise<void> {
    const id = this.#id === undefined ? await this.#newId() : this.#id
    await this.#client.write(abortStatement(this.#client, this.#table, this.#name, taskId, id))
    // Not before: a table that is not there yet has no id either.
    this.#id = id
  }

  async #newId(): Promise<string | null> {
    const way = this.#table.hasSequence ? this.#client.dialect.newId(this.#name) : null
    if (way === null) return null
    return (await this.#client.read(way.question)).length > 0 ? way.expression : null
  }
}

function abortStatement(
  { dialect }: SqlClient,
  table: ResultTable,
  name: TableName,
  taskId: string,
  id: string | null,
): Statement {
  const { columns, kept: unchanged } = table.aborted(dialect)
  const all = {
    ...(id !== null && { id }),
    task_id: dialect.placeholder(1),
    ...columns,
    status: "'ABORTED'",
  }
  const insert = `insert into ${inSql(dialect, name)} (${Object.keys(all).join(', ')})
    values (${Object.values(all).join(', ')})`
  const changes = Object.entries({ ...columns, status: "'ABORTED'" }).filter(
    ([column]) => !unchanged.includes(column),
  )
  return {
    sql: `${insert}\n${onlyUnfinished(dialect.upsert, inSql(dialect, name), changes)}`,
    values: [taskId],
  }
}

/** What becomes of a row that is there. */
function onlyUnfinished(
  way: 'on conflict' | 'on duplicate key',
  table: string,
  changes: readonly [column: string, value: string][],
): string {
  if (way === 'on conflict') {
    return `on conflict (task_id) do update
      set ${changes.map(([column, value]) => `${column} = ${value}`).join(', ')}
      where ${table}.status not in ${kept}`
  }
  // MySQL assigns from left to right, and sees what it has assigned: the status comes last.
  return `on duplicate key update
    ${changes.map(([column, value]) => `${column} = if(status in ${kept}, ${column}, ${value})`).join(', ')}`
}
