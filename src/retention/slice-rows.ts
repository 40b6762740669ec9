import type pg from 'pg'
import type { DueTask } from './expiring.js'

/** Runs the statement that gives lines of these tasks (`task_id`, `line`); $1: their ids, $2: their versions. */
export async function linesOf(
  pool: pg.Pool,
  statement: string,
  due: readonly DueTask[],
): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ task_id: string; line: string }>(statement, columnsOf(due))
  return new Map(rows.map(({ task_id, line }) => [task_id, line]))
}

/** Runs the statement that deletes these tasks and returns their `task_id`; parameters as above. */
export async function deletedBy(
  pool: pg.Pool,
  statement: string,
  due: readonly DueTask[],
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ task_id: string }>(statement, columnsOf(due))
  return new Set(rows.map(({ task_id }) => task_id))
}

/** As two lists, for unnest. */
function columnsOf(due: readonly DueTask[]): [string[], string[]] {
  return [due.map(({ taskId }) => taskId), due.map(({ version }) => version)]
}
