import { type Kysely, sql } from 'kysely'
import pg from 'pg'
import { z } from 'zod'
import { everything } from '../../access/scope.js'
import { type JobsTable, quotedTable } from '../../db/jobs-table/jobs-table.js'
import { readWith } from '../../db/read-with.js'
import type { Database } from '../../db/schema.js'
import type { TaskFilter } from '../filter.js'
import { listJobs } from '../queries.js'

/** A question that Crisper asks of an application's table, as it was answered just now. */
export interface AskedQuestion {
  /** Such as "the newest tasks of one company". */
  readonly question: string
  /** Rows that were read for it; null: it was given up after `longestMs`. */
  readonly rowsRead: number | null
  readonly ms: number
  /** Undefined where little more was read than was shown. */
  readonly advice: IndexAdvice | undefined
}

export interface IndexAdvice {
  /** To be run by whoever owns the table. Crisper creates nothing there. */
  readonly statement: string
  /** Rows that would be read at most. */
  readonly rowsRead: number
  /** What the index takes on the disk, about. */
  readonly bytes: number
}

export interface TableLook {
  /** As PostgreSQL estimates. */
  readonly rows: number
  /** With its indexes. */
  readonly bytes: number
  readonly questions: readonly AskedQuestion[]
}

/** Milliseconds after which a question is given up. */
export const longestMs = 5000
const pageSize = 100
/** An index is worth its price where so many times more is read than is shown. */
const worthwhile = 20
/** The latest rows, among which the values are that are asked for. */
const sampled = 2000
/** Bytes in an index beside the column: time, header and pointer of an entry, and pages that are not full. */
const entryBytes = 28

const size = z.object({ rows: z.coerce.number(), bytes: z.coerce.number() })
const sampleRow = z.object({
  type: z.string().nullable(),
  tenant: z.string().nullable(),
  company: z.string().nullable(),
  name: z.string().nullable(),
  user: z.union([z.number(), z.string()]).nullable(),
})
type Column = keyof z.infer<typeof sampleRow>

/** What is asked for by a value of a column, and the index that would answer it. */
const byColumn: readonly {
  readonly column: Column
  readonly name: string
  readonly expression: string
  readonly filter: (value: string) => Omit<TaskFilter, 'scope'>
}[] = [
  {
    column: 'type',
    name: 'task_type',
    expression: "(meta ->> 'task_type')",
    filter: (taskType) => ({ taskTypes: [taskType] }),
  },
  { column: 'tenant', name: 'tenant_id', expression: 'tenant_id', filter: (tenantId) => ({ tenantId }) },
  {
    column: 'company',
    name: 'company_id',
    expression: "(meta ->> 'company_id')",
    filter: (companyId) => ({ companyId }),
  },
  { column: 'name', name: 'task_name', expression: 'task_name', filter: (taskName) => ({ taskName }) },
  {
    column: 'user',
    name: 'created_by_id',
    expression: 'created_by_id',
    filter: (createdById) => ({ createdById }),
  },
]

const inWords: Readonly<Record<Column, string>> = {
  type: 'of one type',
  tenant: 'of one tenant',
  company: 'of one company',
  name: 'of one name',
  user: 'of one user',
}

/**
 * Asks an application's table what the lists of Crisper ask, each by the value that is rarest among the latest rows, and
 * counts the rows that were read: by which indexes it would gain. Reads only.
 */
export async function lookAtTable(db: Kysely<Database>, table: JobsTable): Promise<TableLook> {
  const look = await sizeOf(db, table)
  const rarest = await rarestValues(db)
  const questions = [
    await ask(db, table, 'the newest tasks', {}),
    await ask(db, table, 'the newest failures', { states: ['FAILURE'] }),
  ]
  for (const { column, name, expression, filter } of byColumn) {
    const value = rarest.get(column)
    if (value === undefined) continue
    const asked = await ask(db, table, `the newest tasks ${inWords[column]}`, filter(value))
    const gains = asked.rowsRead === null || asked.rowsRead > worthwhile * pageSize
    const index = pg.escapeIdentifier(`${table.name}_${name}_created_at`.slice(0, 63))
    const advice = {
      statement: `create index concurrently ${index} on ${quotedTable(table)} (${expression}, created_at desc)`,
      rowsRead: pageSize + 1,
      bytes: look.rows * (entryBytes + value.length),
    }
    questions.push(gains ? { ...asked, advice } : asked)
  }
  return { ...look, questions }
}

async function sizeOf(db: Kysely<Database>, table: JobsTable) {
  const { rows } = await sql`
    select greatest(reltuples, 0)::bigint as rows, pg_total_relation_size(oid) as bytes
      from pg_class where oid = ${quotedTable(table)}::regclass`.execute(db)
  return size.parse(rows[0])
}

/** Of each column the value that the fewest of the latest tasks have. By the index on state and time. */
async function rarestValues(db: Kysely<Database>): Promise<Map<Column, string>> {
  const { rows } = await sql`
    select meta ->> 'task_type' as type, tenant_id as tenant, meta ->> 'company_id' as company, task_name as name,
           created_by_id as user
      from ${sql.table('job')}
     where state = 'SUCCESS'
     order by created_at desc
     limit ${sql.lit(sampled)}`.execute(db)
  const sample = z.array(sampleRow).parse(rows)
  return new Map(
    byColumn.flatMap(({ column }) => {
      const counts = new Map<string, number>()
      for (const { [column]: value } of sample) {
        if (value !== null && value !== '') counts.set(String(value), (counts.get(String(value)) ?? 0) + 1)
      }
      const [rarest] = [...counts].sort(([, a], [, b]) => a - b)
      return rarest === undefined ? [] : [[column, rarest[0]] as const]
    }),
  )
}

const canceled = '57014'

async function ask(
  db: Kysely<Database>,
  table: JobsTable,
  question: string,
  filter: Omit<TaskFilter, 'scope'>,
): Promise<AskedQuestion> {
  const begun = performance.now()
  const told = (rowsRead: number | null) => ({
    question,
    rowsRead,
    ms: performance.now() - begun,
    advice: undefined,
  })
  try {
    return await readWith(
      db,
      // What parallel workers read would not be counted.
      { statement_timeout: `${longestMs}ms`, max_parallel_workers_per_gather: '0' },
      async (bound) => {
        await listJobs(bound, {
          table,
          filter: { scope: everything, ...filter },
          order: { column: 'created_at', descending: true },
          limit: pageSize,
          offset: 0,
          counted: false,
        })
        return told(await rowsReadBy(bound, table))
      },
    )
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === canceled) return told(null)
    throw error
  }
}

/** Rows of the table that this transaction read. */
async function rowsReadBy(db: Kysely<Database>, table: JobsTable): Promise<number> {
  const { rows } = await sql<{ n: string }>`
    select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as n
      from pg_stat_xact_user_tables
     where relid = ${quotedTable(table)}::regclass`.execute(db)
  return Number(rows[0]?.n ?? 0)
}
