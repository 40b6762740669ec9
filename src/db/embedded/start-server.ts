import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { hasCode } from './error-code.js'
import { PostgresFailed } from './errors.js'
import { ServerProcess, type ServerProcessOptions } from './server-process.js'

export interface Connection {
  /** The directory of the Unix socket, or a host name. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly password?: string
}

/** Recovery after a crash replays at most `max_wal_size` of log, which takes seconds; a slow disk may need minutes. */
const longestRecoveryMs = 10 * 60_000

/** How often, and how far apart, a start is tried that finds processes of an earlier server still running. */
const attempts = 20
const attemptEveryMs = 500

/**
 * Starts a server, waits until it answers queries, and makes the database when it isn't there.
 *
 * Processes of a server that was itself killed hold its shared memory until they notice, and PostgreSQL doesn't start
 * beside them: tried again for a while.
 */
export async function startServer(
  options: ServerProcessOptions,
  connection: Connection,
  signal?: AbortSignal,
): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt++) {
    const server = new ServerProcess(options)
    try {
      await untilReady(server, connection, signal)
      return server
    } catch (error) {
      await server.stop()
      const held = error instanceof PostgresFailed && /pre-existing shared memory block/.test(error.message)
      if (!held || attempt === attempts) throw error
      await sleep(attemptEveryMs, undefined, signal && { signal })
    }
  }
}

async function untilReady(
  server: ServerProcess,
  connection: Connection,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + longestRecoveryMs
  for (;;) {
    signal?.throwIfAborted()
    if (!server.running) throw await server.failure(`PostgreSQL ${await server.ended}.`)
    const problem = await tryQuery(connection)
    if (problem === undefined) return
    if (hasCode(problem, '3D000')) {
      await createDatabase(connection)
      continue
    }
    // No socket yet, nobody at it yet, or starting up and recovering.
    const starting = hasCode(problem, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', '57P03')
    if (!starting || performance.now() > deadline) {
      const reason = problem instanceof Error ? problem.message : String(problem)
      throw await server.failure(`PostgreSQL started but can't be used: ${reason}`)
    }
    await sleep(20, undefined, signal && { signal })
  }
}

async function tryQuery(connection: Connection): Promise<unknown> {
  try {
    await withClient(connection, (client) => client.query('select 1'))
    return undefined
  } catch (error) {
    return error
  }
}

async function createDatabase(connection: Connection): Promise<void> {
  await withClient({ ...connection, database: 'postgres' }, (client) =>
    client.query(`create database ${client.escapeIdentifier(connection.database)}`),
  )
}

async function withClient(
  connection: Connection,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 30_000 })
  // An end of the connection that no query waits for: the next look finds it out.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await work(client)
  } finally {
    await client.end()
  }
}
