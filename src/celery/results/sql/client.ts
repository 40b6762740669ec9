/** One SQL database that Celery keeps results in. It connects when it is first asked. */
export interface SqlClient {
  readonly dialect: Dialect
  /** Runs one statement that only reads, and answers with its rows. Rejects with SqlFailure. */
  read(statement: Statement): Promise<readonly unknown[]>
  /** Runs one statement that writes, by itself. Rejects with SqlFailure. */
  write(statement: Statement): Promise<void>
  close(): Promise<void>
}

export interface Statement {
  readonly sql: string
  /** For the placeholders, in order. */
  readonly values: readonly SqlValue[]
}

type SqlValue = string | number | null

/** A table as the configuration names it. */
export interface TableName {
  /** null: where the connection looks. */
  readonly schema: string | null
  readonly name: string
}

/** What the databases say in different words. */
export interface Dialect {
  /** A name in SQL, whatever characters it has. */
  quote(name: string): string
  /** The placeholder of the value at a position, counted from 1. */
  placeholder(position: number): string
  /** SQL for a time in UTC as seconds since 1970. By calculation: how times are shown depends on settings. */
  epoch(column: string): string
  /** SQL for this moment, as a column of Django's takes it. */
  readonly now: string
  /** Whether a row of the same key is updated by `on conflict`, or MySQL's way. */
  readonly upsert: 'on conflict' | 'on duplicate key'
  /**
   * SQL for the id of a new row; null where the column makes its own. SQLAlchemy gives the table of Celery a sequence
   * instead wherever the database has sequences, and asks that for each row.
   */
  newId(table: TableName): { readonly question: Statement; readonly expression: string } | null
}

/** In words of no particular database. */
export type SqlProblem =
  /** Nobody answers, or not now. */
  | 'away'
  /** The user or password is wrong, or the user may not connect. */
  | 'login'
  | 'no_database'
  | 'no_table'
  | 'no_permission'
  /** What reads this kind of database is not installed. */
  | 'no_driver'
  | 'other'

/** A statement that failed. `message` is what the database says; it holds no password. */
export class SqlFailure extends Error {
  override readonly name = 'SqlFailure'
  constructor(
    readonly problem: SqlProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** A table's name in SQL. */
export function inSql(dialect: Dialect, { schema, name }: TableName): string {
  return schema === null ? dialect.quote(name) : `${dialect.quote(schema)}.${dialect.quote(name)}`
}

/** The `code` of errors of Node and of database drivers; '' where there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** What went wrong. Where several addresses were tried, an AggregateError says nothing by itself. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0])
  return error instanceof Error ? error.message : String(error)
}

/** Whether an error is of the network: the address, the connection or the time it took. */
export function isOfNetwork(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isOfNetwork)
  return /^(ECONN|EPIPE|ENOENT|EACCES|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|EADDR)/.test(codeOf(error))
}
