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
interface AskedQuestion {
  /** Such as "the tasks of a company that has few". */
  readonly question: string
  /** Rows that were read for it; null: it was given up after `longestMs`. */
  readonly rowsRead: number | null
  readonly ms: number
  /** Undefined where little was read. */
  readonly advice: IndexAdvice | undefined
}

interface IndexAdvice {
  /** To be run by whoever owns the table: Crisper creates nothing there. */
  readonly statement: string
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
/** An index is worth its price where so many times more is read than a page shows. */
const worthwhile = 20
/** Of an entry of an index: a short text, the time, and what comes with them on pages that are not full. */
const entryBytes = 36

const size = z.object({ rows: z.coerce.number(), bytes: z.coerce.number() })

/**
 * What lists are filtered by, and the index that would answer it. Asked for is a value that no task has: those of which
 * there are few are what takes long, since nothing ends the search before the end of the table.
 */
const narrowed: readonly {
  readonly few: string
  /** undefined: no index would be used. */
  readonly index?: { readonly name: string; readonly expression: string }
  readonly filter: (table: JobsTable) => Omit<TaskFilter, 'scope'>
}[] = [
  {
    few: 'a type',
    index: { name: 'task_type', expression: "(meta ->> 'task_type')" },
    filter: () => ({ taskTypes: [nothing] }),
  },
  {
    few: 'a tenant',
    index: { name: 'tenant_id', expression: 'tenant_id' },
    filter: () => ({ tenantId: nothing }),
  },
  // By the tenant or what `meta` names: no index has both in the order of time.
  { few: 'a company', filter: () => ({ companyId: nothing }) },
  {
    few: 'a name',
    index: { name: 'task_name', expression: 'task_name' },
    filter: () => ({ taskName: nothing }),
  },
  {
    few: 'a user',
    index: { name: 'created_by_id', expression: 'created_by_id' },
    filter: ({ userIdType }) => ({ createdById: noUser[userIdType] }),
  },
]

const nothing = 'asked by crisper doctor'
const noUser = {
  smallint: 32_767,
  integer: 2_147_483_647,
  bigint: 2_147_483_647,
  uuid: '00000000-0000-0000-0000-000000000000',
} as const

/** Asks an application's table what lists ask, and counts the rows that are read: by which indexes it would gain. Reads only. */
export async function lookAtTable(db: Kysely<Database>, table: JobsTable): Promise<TableLook> {
  const look = await sizeOf(db, table)
  const questions = [
    await ask(db, table, 'the newest tasks', {}),
    await ask(db, table, 'the newest failures', { states: ['FAILURE'] }),
  ]
  for (const { few, index, filter } of narrowed) {
    const asked = await ask(db, table, `the tasks of ${few} that has few`, filter(table))
    const isDear = asked.rowsRead === null || asked.rowsRead > worthwhile * pageSize
    const advice = isDear && index !== undefined ? adviceOf(table, look.rows, index) : undefined
    questions.push({ ...asked, advice })
  }
  return { ...look, questions }
}

function adviceOf(
  table: JobsTable,
  rows: number,
  { name, expression }: { readonly name: string; readonly expression: string },
): IndexAdvice {
  const index = pg.escapeIdentifier(`${table.name}_${name}_created_at`.slice(0, 63))
  return {
    statement: `create index concurrently ${index} on ${quotedTable(table)} (${expression}, created_at desc)`,
    bytes: rows * entryBytes,
  }
}

async function sizeOf(db: Kysely<Database>, table: JobsTable) {
  const { rows } = await sql`
    select greatest(reltuples, 0)::bigint as rows, pg_total_relation_size(oid) as bytes
      from pg_class where oid = ${quotedTable(table)}::regclass`.execute(db)
  return size.parse(rows[0])
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
        const before = await rowsReadBy(bound, table)
        await listJobs(bound, {
          table,
          filter: { scope: everything, ...filter },
          order: { column: 'created_at', descending: true },
          limit: pageSize,
          offset: 0,
        })
        return told((await rowsReadBy(bound, table)) - before)
      },
    )
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === canceled) return told(null)
    throw error
  }
}

/** Rows of the table that this connection read and has not told the server's statistics yet. */
async function rowsReadBy(db: Kysely<Database>, table: JobsTable): Promise<number> {
  const { rows } = await sql<{ n: string }>`
    select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as n
      from pg_stat_xact_user_tables
     where relid = ${quotedTable(table)}::regclass`.execute(db)
  return Number(rows[0]?.n ?? 0)
}
