import type { Pool } from 'pg'
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

/** As for Redis: after this a command without an answer has failed. */
const timeoutMs = 5_000

/** Results in PostgreSQL. */
export class PostgresClient implements SqlClient {
  readonly dialect = postgresDialect
  readonly #connectionString: string
  #pool: Promise<Pool> | undefined

  constructor(url: ServerUrl) {
    this.#connectionString = connectionString(url)
  }

  async read({ sql, values }: Statement): Promise<readonly unknown[]> {
    try {
      this.#pool ??= open(this.#connectionString)
      const { rows } = await (await this.#pool).query<Record<string, unknown>>(sql, [...values])
      return rows
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

const postgresDialect: Dialect = {
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  placeholder: (position) => `$${position}`,
  epoch: (column) => {
    // Celery 5.6 hands over times with a zone, and a column without one takes them in the zone of the session; 5.2 knew
    // UTC only. The row doesn't tell which, so a time counts where both are the same, as they are in Django's columns.
    const inUtc = `extract(epoch from ${column})`
    return `case when ${inUtc} = extract(epoch from ${column}::timestamptz) then ${inUtc} end`
  },
  now: 'now()',
  upsert: 'on conflict',
  newId: ({ schema, name }) => {
    const prefix = schema === null ? '' : `${postgresDialect.quote(schema)}.`
    return {
      question: {
        sql: `select 1
          from pg_attribute
          where attrelid = to_regclass($1)
            and attname = 'id'
            and not atthasdef
            and attidentity = ''`,
        values: [prefix + postgresDialect.quote(name)],
      },
      expression: `nextval('${prefix.replaceAll("'", "''")}task_id_sequence')`,
    }
  },
}

async function open(connectionString: string): Promise<Pool> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString,
    application_name: 'crisper results',
    max: 4,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    keepAlive: true,
  })
  // An idle connection that is lost is replaced at the next use, which fails where there is reason to.
  pool.on('error', () => undefined)
  return pool
}

/** For `pg`, whose readings of `sslmode` are those of libpq only when asked for. */
function connectionString({ host, port, user, password, database, query }: ServerUrl): string {
  const login = user === null ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password ?? '')}@`
  const at = host === null ? '' : host.includes(':') ? `[${host}]` : encodeURIComponent(host)
  const parameters = new URLSearchParams({ uselibpqcompat: 'true' })
  for (const name of ['host', 'port', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'options']) {
    const value = query.get(name)
    if (value !== undefined) parameters.set(name, value)
  }
  return `postgres://${login}${at}${port === null ? '' : `:${port}`}/${encodeURIComponent(database ?? '')}?${parameters}`
}

/** See https://www.postgresql.org/docs/current/errcodes-appendix.html */
function problemOf(error: unknown): SqlProblem {
  const code = codeOf(error)
  if (code === '42P01' || code === '3F000') return 'no_table'
  if (code === '42501' || code === '25006') return 'no_permission'
  if (code === '3D000') return 'no_database'
  if (code.startsWith('28')) return 'login'
  if (/^(08|53|55|57|58)/.test(code) || isOfNetwork(error)) return 'away'
  // What the driver finds by itself has no code.
  if (/^SASL/.test(messageOf(error))) return 'login'
  return /timeout|terminated/i.test(messageOf(error)) ? 'away' : 'other'
}
