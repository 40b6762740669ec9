import type pg from 'pg'
import { z } from 'zod'
import type { JobsTable } from '../../db/jobs-table/jobs-table.js'
import type { Redactor } from '../../redaction/redactor.js'
import { countByState, rowsBehind } from './statements.js'
import { writeImported } from './write.js'

export interface Import {
  /** Where the rows are, and the table there. */
  readonly source: pg.Pool
  readonly table: JobsTable
  /** Our own database. */
  readonly target: pg.Pool
  /** Names the source in our database, so that an import that was interrupted goes on. Holds no password. */
  readonly name: string
  readonly redactor: Redactor
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: ImportProgress) => void
}

export interface ImportProgress {
  /** Rows looked at, also in an earlier run that was interrupted. */
  readonly seen: number
  /** Of them, those that were not known. */
  readonly added: number
}

/** What an import would find. */
export interface ImportPreview {
  readonly rows: number
  readonly byState: Readonly<Record<string, number>>
}

/** Rows in one transaction. */
const slice = 2000

const progressRow = z.object({
  position: z.string().nullable(),
  seen: z.coerce.number(),
  added: z.coerce.number(),
  ended: z.boolean(),
})
const sourceRow = z.looseObject({
  id: z.string(),
  task_id: z.string(),
  task_name: z.string(),
  queue: z.string().nullable(),
  worker: z.string().nullable(),
  kind: z.string(),
  tenant_id: z.string().nullable(),
  created_by_id: z.union([z.number(), z.string()]).nullable(),
  state: z.string(),
  created_at: z.date(),
  started_at: z.date().nullable(),
  meta: z.unknown(),
  result: z.unknown(),
  error: z.string().nullable(),
})

/** Counts the rows of the source; nothing is written. */
export async function previewImport({
  source,
  table,
}: Pick<Import, 'source' | 'table'>): Promise<ImportPreview> {
  const { rows } = await source.query(countByState(table))
  const counts = z.array(z.object({ state: z.string(), n: z.coerce.number() })).parse(rows)
  return {
    rows: counts.reduce((sum, { n }) => sum + n, 0),
    byState: Object.fromEntries(counts.map(({ state, n }) => [state, n])),
  }
}

/**
 * Copies the rows of an application's table into our own, in the order of their ids. Tasks that are known are left as they
 * are. A slice and how far it went are written in one transaction: what is interrupted goes on where it was, and what has
 * ended begins anew with what came since. Resolves with the progress, also when it is aborted.
 */
export async function importRows(options: Import): Promise<ImportProgress> {
  const { source, table, target, name, redactor, signal, onProgress } = options
  let { position, seen, added } = await progressOf(target, name)
  while (signal?.aborted !== true) {
    const { rows } = await source.query(rowsBehind(table, slice), [position])
    const found = z.array(sourceRow).parse(rows)
    const last = found.at(-1)
    const clean = found.map((row) => withoutSecrets(row, redactor))
    added += await writeSlice(target, name, clean, {
      position: last?.id ?? position,
      seen: seen + found.length,
      added,
      ended: found.length < slice,
    })
    seen += found.length
    position = last?.id ?? position
    onProgress?.({ seen, added })
    if (found.length < slice) break
  }
  return { seen, added }
}

function withoutSecrets(row: z.infer<typeof sourceRow>, redactor: Redactor): z.infer<typeof sourceRow> {
  return {
    ...row,
    meta: redactor.json(row.meta),
    result: redactor.json(row.result),
    error: row.error === null ? null : redactor.text(row.error),
  }
}

async function progressOf(target: pg.Pool, name: string): Promise<z.infer<typeof progressRow>> {
  const { rows } = await target.query(
    'select position, seen, added, ended from import_progress where source = $1',
    [name],
  )
  const [known] = z.array(progressRow).parse(rows)
  return known === undefined || known.ended ? { position: null, seen: 0, added: 0, ended: false } : known
}

/** Answers how many were not known. */
async function writeSlice(
  target: pg.Pool,
  name: string,
  rows: readonly z.infer<typeof sourceRow>[],
  progress: z.infer<typeof progressRow>,
): Promise<number> {
  const client = await target.connect()
  try {
    await client.query('begin')
    const fresh = await writeImported(client, rows)
    await client.query(
      `insert into import_progress (source, position, seen, added, ended) values ($1, $2, $3, $4, $5)
       on conflict (source) do update
          set position = excluded.position, seen = excluded.seen, added = excluded.added, ended = excluded.ended`,
      [name, progress.position, progress.seen, progress.added + fresh, progress.ended],
    )
    await client.query('commit')
    client.release()
    return fresh
  } catch (error) {
    client.release(error instanceof Error ? error : true)
    throw error
  }
}
