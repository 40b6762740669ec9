import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Database } from './schema.js'

/** Where the database is: a URL (`postgres://…`), or the socket of the embedded server. */
export type DatabaseAddress =
  | { readonly url: string }
  | { readonly host: string; readonly port: number; readonly user: string; readonly database: string }

export interface DatabaseConnection {
  readonly db: Kysely<Database>
  readonly pool: pg.Pool
  close(): Promise<void>
}

/** The schema that is ours; nothing outside it is ever created or changed. */
export const ourSchema = 'crisper'

/**
 * Opens a pool; nothing is sent yet. Connections lost while idle are reported to `onError` and replaced at next use.
 * `lockTimeoutMs`: how long a statement waits for a lock before it fails.
 */
export function connect(
  address: DatabaseAddress,
  onError: (error: Error) => void,
  { lockTimeoutMs }: { readonly lockTimeoutMs?: number } = {},
): DatabaseConnection {
  const lockTimeout = lockTimeoutMs === undefined ? {} : { lock_timeout: lockTimeoutMs }
  const pool = new pg.Pool({ ...clientSettings(address, lockTimeout), max: 10 })
  pool.on('error', onError)
  // Of one that is in use the pool hears nothing: whoever uses it is told by the query that fails, and an error that
  // nobody listens to would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  const close = async () => {
    await db.destroy()
    // Kysely ends only a pool that it has used.
    if (!pool.ended) await pool.end()
  }
  return { db, pool, close }
}

/** How each connection is opened; `more` are settings of PostgreSQL. */
export function clientSettings(
  address: DatabaseAddress,
  more: Readonly<Record<string, number>> = {},
): pg.ClientConfig {
  const settings = { search_path: `${ourSchema},public`, timezone: 'UTC', ...more }
  return {
    ...('url' in address ? { connectionString: address.url } : address),
    application_name: 'crisper',
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    connectionTimeoutMillis: 5000,
    keepAlive: true,
  }
}

/** Whether an error says that the database is away or busy (try again), rather than that our data is at fault. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (/^(08|40|53|55|57|58|XX)/.test(code)) return true
  if (/^(ECONN|EPIPE|ENOENT|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/.test(code)) return true
  return /Connection terminated|timeout exceeded when trying to connect|Client was closed|not queryable/.test(
    error.message,
  )
}
