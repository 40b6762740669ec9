import type pg from 'pg'
import { learnNames } from '../task-names.js'
import { type ImportedRow, recordOfImported } from './record-of-row.js'
import { writeRecords, writeRows } from './statements.js'

/** Writes the rows of tasks that are not known, and a record for those that go on. Answers how many were not known. */
export async function writeImported(
  client: Pick<pg.ClientBase, 'query'>,
  rows: readonly ImportedRow[],
): Promise<number> {
  const { rows: added } = await client.query<{ task_id: string }>(writeRows, [JSON.stringify(rows)])
  const fresh = new Set(added.map(({ task_id }) => task_id))
  const records = rows
    .filter(({ task_id }) => fresh.has(task_id))
    .flatMap((row) => recordOfImported(row) ?? [])
    .map((record) => ({ task_id: record.taskId, record }))
  if (records.length > 0) await client.query(writeRecords, [JSON.stringify(records)])
  await client.query(learnNames, [[...new Set(rows.map(({ task_name }) => task_name))]])
  return fresh.size
}
