import { readFileSync } from 'node:fs'
import type { Pool, PoolConnection, PoolOptions } from 'mysql2/promise'
import {
  codeOf,
  type Dialect,
  isOfNetwork,
  messageOf,
  type SqlClient,
  SqlFailure,
  type SqlProblem,
  type Statement,
} from './client.js'
import type { ServerUrl } from './url.js'

const timeoutMs = 5_000

/** Results in MySQL or MariaDB. */
export class MysqlClient implements SqlClient {
  readonly dialect = mysqlDialect
  readonly #url: ServerUrl
  #pool: Promise<Pool> | undefined

  constructor(url: ServerUrl) {
    this.#url = url
  }

  async read(statement: Statement): Promise<readonly unknown[]> {
    try {
      this.#pool ??= open(this.#url)
      return await run(await (await this.#pool).getConnection(), statement)
    } catch (error) {
      throw new SqlFailure(problemOf(error), messageOf(error), { cause: error })
    }
  }

  async write(statement: Statement): Promise<void> {
    await this.read(statement)
  }

  async close(): Promise<void> {
    await this.#pool?.then(
      (pool) => pool.end(),
      () => undefined,
    )
  }
}

const mysqlDialect: Dialect = {
  quote: (name) => `\`${name.replaceAll('`', '``')}\``,
  placeholder: () => '?',
  epoch: (column) => `timestampdiff(microsecond, '1970-01-01', ${column}) / 1e6`,
  now: 'utc_timestamp(6)',
  upsert: 'on duplicate key',
  newId: ({ schema, name }) => ({
    // MariaDB has sequences and gets one; MySQL's column counts by itself.
    question: {
      sql: `select 1
        from information_schema.columns
        where table_schema = coalesce(?, database())
          and table_name = ?
          and column_name = 'id'
          and extra not like '%auto_increment%'`,
      values: [schema, name],
    },
    expression: `nextval(${schema === null ? '' : `${mysqlDialect.quote(schema)}.`}task_id_sequence)`,
  }),
}

/** Prepared by the server, so that no setting of its SQL mode changes how values are escaped. */
async function run(connection: PoolConnection, { sql, values }: Statement): Promise<readonly unknown[]> {
  try {
    const [rows] = await connection.execute({ sql, timeout: timeoutMs }, [...values])
    connection.release()
    return Array.isArray(rows) ? rows : []
  } catch (error) {
    // After a timeout it still waits for its answer, and would keep whoever is given it waiting.
    connection.destroy()
    throw error
  }
}

async function open(url: ServerUrl): Promise<Pool> {
  const { createPool } = await import('mysql2/promise')
  const socket = url.query.get('unix_socket')
  return createPool({
    ...(socket === undefined
      ? { host: url.host ?? '127.0.0.1', port: url.port ?? 3306 }
      : { socketPath: socket }),
    ...(url.user !== null && { user: url.user }),
    ...(url.password !== null && { password: url.password }),
    ...(url.database !== null && { database: url.database }),
    ...tlsOf(url),
    connectionLimit: 4,
    connectTimeout: timeoutMs,
    // A statement for each number of ids: a few are kept.
    maxPreparedStatements: 20,
    dateStrings: true,
  })
}

/** TLS by the parameters of PyMySQL and mysqlclient. Without a CA it encrypts and believes any certificate, as those do. */
function tlsOf({ query }: ServerUrl): Pick<PoolOptions, 'ssl'> {
  const names = ['ssl', 'ssl_ca', 'ssl_cert', 'ssl_key', 'ssl_mode', 'ssl_verify_cert']
  if (!names.some((name) => query.has(name)) || /^disabled$/i.test(query.get('ssl_mode') ?? '')) return {}
  const file = (name: string) => {
    const path = query.get(name)
    return path === undefined ? undefined : readFileSync(path)
  }
  const [ca, cert, key] = [file('ssl_ca'), file('ssl_cert'), file('ssl_key')]
  return {
    ssl: {
      rejectUnauthorized: ca !== undefined,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    },
  }
}

/** See https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html */
function problemOf(error: unknown): SqlProblem {
  switch (codeOf(error)) {
    case 'ER_NO_SUCH_TABLE':
      return 'no_table'
    case 'ER_BAD_DB_ERROR':
    case 'ER_NO_DB_ERROR':
      return 'no_database'
    case 'ER_ACCESS_DENIED_ERROR':
    case 'ER_DBACCESS_DENIED_ERROR':
      return 'login'
    case 'ER_TABLEACCESS_DENIED_ERROR':
    case 'ER_COLUMNACCESS_DENIED_ERROR':
    case 'ER_OPTION_PREVENTS_STATEMENT':
    case 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION':
      return 'no_permission'
    case 'ER_CON_COUNT_ERROR':
    case 'ER_LOCK_WAIT_TIMEOUT':
    case 'ER_SERVER_SHUTDOWN':
    case 'PROTOCOL_CONNECTION_LOST':
    case 'PROTOCOL_SEQUENCE_TIMEOUT':
      return 'away'
    default:
      return isOfNetwork(error) ? 'away' : 'other'
  }
}
