import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chown, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Binaries } from './binaries.js'
import { hasCode } from './error-code.js'
import { DataDirectoryUnusable, DataVersionMismatch, NoServerUser, PostgresFailed } from './errors.js'
import { type ServerUser, spawnOptions } from './server-user.js'

const execute = promisify(execFile)

export interface ClusterOptions {
  readonly binaries: Binaries
  readonly user: ServerUser | undefined
  /** The directory of the cluster. It appears once it's complete. */
  readonly cluster: string
  /** Options of initdb that say who may connect. */
  readonly access: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes the cluster unless it's there, and checks that this PostgreSQL can read it. Made beside its place and then
 * renamed, so that one that was killed half-way is never mistaken for a database.
 * @returns whether it was made now
 */
export async function prepareCluster(options: ClusterOptions): Promise<boolean> {
  await removeDrafts(options.cluster)
  const found = await readMajorVersion(options.cluster)
  if (found === undefined) {
    await createCluster(options)
    return true
  }
  const ours = Number.parseInt(options.binaries.version, 10)
  if (found !== ours) throw new DataVersionMismatch(options.cluster, found, ours)
  return false
}

async function createCluster(options: ClusterOptions): Promise<void> {
  const { binaries, cluster, user } = options
  // A name of its own: an initdb that outlived its Crisper may still be writing to an earlier one.
  const draft = `${cluster}.new-${randomUUID()}`
  try {
    await mkdir(draft, { mode: 0o700 })
    if (user) await chown(draft, user.uid, user.gid)
    await execute(
      binaries.initdb,
      [
        ...['-D', draft, '--username=crisper', '--encoding=UTF8', '--no-instructions'],
        // PostgreSQL's own Unicode: upper and lower case of all languages without the system's locales.
        ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
        ...options.access,
      ],
      { ...spawnOptions(user), ...(options.signal && { signal: options.signal }) },
    )
    await rename(draft, cluster)
    await syncDirectory(dirname(cluster))
  } catch (error) {
    await rm(draft, { recursive: true, force: true, maxRetries: 5 })
    options.signal?.throwIfAborted()
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) {
      throw new DataDirectoryUnusable(
        `${cluster} holds something that isn't a PostgreSQL database. Move it away, or use another --data-dir.`,
      )
    }
    const said = words(error)
    // Usual in containers that run as some number.
    if (said.some((line) => line.includes('could not look up effective user ID'))) {
      throw new NoServerUser(
        `PostgreSQL needs an account with a name, and uid ${user?.uid ?? process.getuid?.()} has none in /etc/passwd. ` +
          'Start Crisper as one that has, or set DATABASE_URL to a PostgreSQL of your own.',
      )
    }
    throw new PostgresFailed(`A new database could not be made in ${dirname(cluster)}.`, said, {
      cause: error,
    })
  }
}

/** What a failed program said, else why it could not be run. */
function words(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  const said = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : ''
  return (said.trim() || error.message).split('\n').slice(-15)
}

async function removeDrafts(cluster: string): Promise<void> {
  for (const name of await readdir(dirname(cluster))) {
    if (!name.startsWith(`${basename(cluster)}.new-`)) continue
    await rm(join(dirname(cluster), name), { recursive: true, force: true, maxRetries: 5 })
  }
}

async function readMajorVersion(cluster: string): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(join(cluster, 'PG_VERSION'), 'utf8'), 10)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** Makes the rename survive a power loss. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
