import { createHash, randomUUID } from 'node:crypto'
import { chmod, link, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { hasCode } from './error-code.js'
import { DataDirectoryUnusable } from './errors.js'
import { canEnter, ensureServerUser, isRoot, type ServerUser } from './server-user.js'

/** What belongs to the machine's Crisper when it runs as root: copied programs and clusters. Owned by root. */
export const systemDirectory = '/var/lib/crisper'

const clusters = join(systemDirectory, 'clusters')
const noteName = 'postgres-location.txt'

/** Where the database of a data directory is, and who serves it. */
export interface Layout {
  /** The data directory's real path. */
  readonly dataDir: string
  /** Holds the cluster, its log, the lock and `run`. It's the data directory, unless PostgreSQL's user can't enter it. */
  readonly home: string
  /** PostgreSQL's own data directory. Exists once it's complete. */
  readonly cluster: string
  readonly user: ServerUser | undefined
}

/**
 * Finds, or decides, where the database of a data directory is. Creates the directories around the cluster, and leaves
 * the permissions of those that exist as they are. Several starters may do this at once and find the same.
 */
export async function locateCluster(directory: string, log: (line: string) => void): Promise<Layout> {
  // As root: open for passing through, so that PostgreSQL's user reaches its own part, which nobody else may enter.
  await mkdir(directory, { recursive: true, mode: isRoot() ? 0o711 : 0o700 })
  const dataDir = await realpath(directory)

  const elsewhere = await readNote(dataDir)
  if (elsewhere !== undefined) return locateElsewhere(dataDir, elsewhere, log)

  const cluster = join(dataDir, 'postgres')
  const owner = await ownerOf(cluster)
  if (owner) return { dataDir, home: dataDir, cluster, user: serverFor(owner, cluster) }

  const user = await ensureServerUser()
  if (user === undefined || (await canEnter(user, dataDir))) return { dataDir, home: dataDir, cluster, user }

  await writeNote(dataDir, await freeHome(dataDir, log))
  const home = await readNote(dataDir)
  if (home === undefined)
    throw new DataDirectoryUnusable(`${join(dataDir, noteName)} vanished while starting.`)
  return makeHome(dataDir, home)
}

async function locateElsewhere(dataDir: string, home: string, log: (line: string) => void): Promise<Layout> {
  if (!isRoot()) {
    throw new DataDirectoryUnusable(
      `The database of ${dataDir} was made by root and lives in ${home}. Start Crisper as root, ` +
        `or use another --data-dir.`,
    )
  }
  if ((await ownerOf(home)) === undefined)
    log(`The database of ${dataDir} is gone from ${home}: making a new one.`)
  return makeHome(dataDir, home)
}

async function makeHome(dataDir: string, home: string): Promise<Layout> {
  await makeOpenDirectory(systemDirectory)
  await makeOpenDirectory(clusters)
  await makeOpenDirectory(home)
  await writeFile(join(home, 'data-directory.txt'), `${dataDir}\n`)
  const cluster = join(home, 'postgres')
  const owner = await ownerOf(cluster)
  return { dataDir, home, cluster, user: owner ? serverFor(owner, cluster) : await ensureServerUser() }
}

/** A directory of ours that every account may pass through, whatever our umask is. */
export async function makeOpenDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  await chmod(directory, 0o755)
}

/** PostgreSQL serves a cluster only as its owner, whom root can become. */
function serverFor(owner: ServerUser, cluster: string): ServerUser | undefined {
  if (isRoot()) return owner
  if (owner.uid === process.getuid?.()) return undefined
  throw new DataDirectoryUnusable(
    `${cluster} belongs to another user (uid ${owner.uid}). Start Crisper as that user or as root, ` +
      'or use another --data-dir.',
  )
}

async function ownerOf(directory: string): Promise<ServerUser | undefined> {
  try {
    const { uid, gid } = await stat(directory)
    return { uid, gid }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/**
 * Named after the data directory. A cluster of that name without a note belongs to an earlier data directory that was
 * deleted: its data must not come back, and isn't ours to delete.
 */
async function freeHome(dataDir: string, log: (line: string) => void): Promise<string> {
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  const base = join(clusters, hash)
  for (let number = 1; ; number++) {
    const home = number === 1 ? base : `${base}-${number}`
    if ((await ownerOf(home)) === undefined) return home
    log(`${home} is left from an earlier ${dataDir}. Remove it when you don't need its data.`)
  }
}

async function readNote(dataDir: string): Promise<string | undefined> {
  const file = join(dataDir, noteName)
  try {
    const home = (await readFile(file, 'utf8')).split('\n').find((line) => line.startsWith('/'))
    if (home !== undefined && home === normalize(home) && dirname(home) === clusters) return home
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  throw new DataDirectoryUnusable(`${file} should name a directory in ${clusters}, and doesn't.`)
}

/** Writes the note unless another starter was first. */
async function writeNote(dataDir: string, home: string): Promise<void> {
  const draft = join(dataDir, `.${noteName}.${randomUUID()}`)
  await writeFile(
    draft,
    [
      'The database of this data directory is in',
      home,
      "because PostgreSQL can't run as root and its own user may not enter this directory.",
      'Keep this file: Crisper finds the database through it.',
      '',
    ].join('\n'),
  )
  try {
    await link(draft, join(dataDir, noteName))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    await rm(draft, { force: true })
  }
}
