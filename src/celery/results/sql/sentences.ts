import { messageOf, SqlFailure, type SqlProblem, type TableName } from './client.js'
import type { ResultTable } from './table.js'

/** Which results these are. */
export interface Place {
  readonly kind: 'database' | 'django'
  readonly maskedUrl: string
  readonly table: ResultTable
  readonly name: TableName
}

/** What failed, why, and the way out: for people. */
export function sentenceOf(
  error: unknown,
  doing: 'read' | 'write to',
  { maskedUrl, table, name, kind }: Place,
): string {
  const problem = error instanceof SqlFailure ? error.problem : 'other'
  const qualified = name.schema === null ? name.name : `${name.schema}.${name.name}`
  const waysOut: Record<SqlProblem, string> = {
    away: 'Check that it runs, and that host and port in the URL are right',
    login:
      'Check user and password in the URL, and that the server lets this user in from here (one that demands ' +
      'encryption wants ?sslmode=require)',
    no_database:
      'Check the name of the database in the URL; that of an SQLite file starts where Crisper was started',
    no_table:
      `${table.madeBy}; where it has another name or schema, say so in result_tables` +
      (kind === 'django' ? '; where it is in another database, give --result-database' : ''),
    no_permission: `Let the user of the URL ${doing === 'read' ? 'select from' : 'select, insert and update in'} ${qualified}`,
    no_driver: 'Install the optional package @photostructure/sqlite, which has no build for every system',
    other: 'Check the URL',
  }
  const what = problem === 'no_table' ? `there is no table ${qualified}` : messageOf(error)
  return `Can't ${doing} the result backend ${maskedUrl}: ${withoutStop(what)}. ${waysOut[problem]}.`
}

function withoutStop(text: string): string {
  return text.trim().replace(/\.$/, '').slice(0, 500)
}
