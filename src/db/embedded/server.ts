import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findBinaries } from './binaries.js'
import { prepareCluster } from './cluster.js'
import { DataDirectoryUnusable } from './errors.js'
import { type Layout, locateCluster } from './layout.js'
import { type Lock, takeLock } from './lock.js'
import { stopOrphan } from './orphan.js'
import { prepareRunDirectory } from './run-directory.js'
import { ServerLog } from './server-log.js'
import type { ServerProcess } from './server-process.js'
import { startServer } from './start-server.js'

/** Part of the socket's name; there's no TCP port. */
const port = 5432

/** For a small server beside Crisper. They are given at each start, so that an upgrade of Crisper brings its own. */
const settings = {
  listen_addresses: '',
  port,
  max_connections: 50,
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  fsync: 'on',
  synchronous_commit: 'on',
  // Short queries only: compiling them costs more than it gives.
  jit: 'off',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

export interface EmbeddedPostgresOptions {
  /** Created when it doesn't exist. */
  readonly dataDir: string
  /** Called with what is worth telling whoever started Crisper, a line each. */
  readonly log: (line: string) => void
  /** Gives up starting; a server that has started is stopped again. */
  readonly signal?: AbortSignal
}

export interface EmbeddedPostgres {
  /** For `pg`: host is the directory of the Unix socket. */
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly database: string
  }
  /** Such as `18.4`. */
  readonly serverVersion: string
  /** Calls back when the server ends without being asked to. */
  onExit(listener: (error: Error) => void): void
  /** Fast shutdown, immediate after 30 s, and lets go of the data directory. */
  stop(): Promise<void>
}

/**
 * Starts the PostgreSQL of this data directory, and takes over from one that a killed Crisper left running.
 * Throws `DataDirectoryInUse`, `DataDirectoryUnusable`, `DataVersionMismatch`, `NoPostgresBinary`, `NoServerUser` or
 * `PostgresFailed`.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  options.signal?.throwIfAborted()
  try {
    const layout = await locateCluster(options.dataDir, options.log)
    const runDirectory = await prepareRunDirectory(layout.home, layout.user)
    const lock = await takeLock(layout.home, runDirectory, layout.dataDir)
    try {
      return await start(options, layout, runDirectory, lock)
    } catch (error) {
      await lock.release()
      throw error
    }
  } catch (error) {
    throw explained(error, options.dataDir)
  }
}

/** A system call that failed says what it did, not what for. */
function explained(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error
  return new DataDirectoryUnusable(`The data directory ${dataDir} can't be used: ${error.message}`, {
    cause: error,
  })
}

async function start(
  options: EmbeddedPostgresOptions,
  layout: Layout,
  runDirectory: string,
  lock: Lock,
): Promise<EmbeddedPostgres> {
  const { cluster, home, user } = layout
  const { signal } = options
  const binaries = await findBinaries({ user, log: options.log })
  await stopOrphan(cluster, options.log)
  const access = ['--auth-local=trust', '--auth-host=reject']
  if (await prepareCluster({ binaries, user, cluster, access, signal }))
    options.log(`Made a new database in ${cluster}.`)

  const log = await ServerLog.open(join(home, 'postgres.log'), user)
  const connection = { host: runDirectory, port, user: 'crisper', database: 'crisper' }
  try {
    await removeStaleSockets(runDirectory)
    const server = await startServer(
      {
        binaries,
        user,
        cluster,
        settings: { ...settings, unix_socket_directories: quoted(runDirectory) },
        log,
      },
      connection,
      signal,
    )
    return new RunningServer(connection, binaries.version, server, async () => {
      await log.close()
      await lock.release()
    })
  } catch (error) {
    await log.close()
    throw error
  }
}

/** The setting is a list: a comma or blank in the path would divide it. */
function quoted(directory: string): string {
  return `"${directory.replaceAll('"', '""')}"`
}

/** PostgreSQL's socket has a lock file with a process id too. Under our lock nobody else uses the directory. */
async function removeStaleSockets(runDirectory: string): Promise<void> {
  for (const name of await readdir(runDirectory)) {
    if (name.startsWith('.s.PGSQL.')) await rm(join(runDirectory, name), { force: true })
  }
}

class RunningServer implements EmbeddedPostgres {
  readonly #server: ServerProcess
  readonly #release: () => Promise<void>
  readonly #watching: Promise<void>
  readonly #listeners: ((error: Error) => void)[] = []
  #failure: Error | undefined
  #stopping: Promise<void> | undefined

  constructor(
    readonly connection: EmbeddedPostgres['connection'],
    readonly serverVersion: string,
    server: ServerProcess,
    release: () => Promise<void>,
  ) {
    this.#server = server
    this.#release = release
    this.#watching = this.#watch()
  }

  onExit(listener: (error: Error) => void): void {
    if (this.#failure) listener(this.#failure)
    else this.#listeners.push(listener)
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    try {
      await this.#server.stop()
      await this.#watching
    } finally {
      await this.#release()
    }
  }

  async #watch(): Promise<void> {
    const how = await this.#server.ended
    if (this.#stopping) return
    const failure = await this.#server.failure(`PostgreSQL ${how} while Crisper was using it.`)
    this.#failure = failure
    for (const listener of this.#listeners) listener(failure)
  }
}
