import { randomBytes } from 'node:crypto'
import { readdir, readlink, rm, symlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { basename, join } from 'node:path'
import { hasCode } from './error-code.js'
import { DataDirectoryInUse } from './errors.js'

/**
 * Only one Crisper may own a data directory, and it may die at any moment without cleaning up.
 *
 * An owner listens on a Unix socket of its own: the kernel closes it at its death, whatever the cause, so a refused
 * connection is proof, where a process id in a file proves nothing. Who is the owner stands in the directory as a
 * symbolic link `crisper.lock.<n>` to that socket; the one with the highest n counts. To take over from a dead
 * owner n, create link n+1: the file system lets one starter do that. Deleting the dead link first, as one would
 * with a single lock file, could delete the link that a third one has just made.
 */
export interface Lock {
  release(): Promise<void>
}

const linkName = /^crisper\.lock\.(\d+)$/
const socketName = /^lock\.(\d+)\.[0-9a-f]{6}$/

/** Length of a lock socket's name, in bytes, at most. */
export const lockSocketNameLength = 'lock.1234567.abcdef'.length

/**
 * Takes the lock of `directory`, or throws `DataDirectoryInUse` at once.
 * @param socketDirectory where the socket is made: a private directory with a short path.
 */
export async function takeLock(directory: string, socketDirectory: string, dataDir: string): Promise<Lock> {
  const socket = join(socketDirectory, `lock.${process.pid}.${randomBytes(3).toString('hex')}`)
  const server = await listen(socket)
  try {
    while (!(await claim(directory, socket, dataDir))) {
      // Someone else moved on between our look and our claim: look again. Each round, some starter got ahead.
    }
  } catch (error) {
    await close(server)
    throw error
  }
  return { release: () => close(server) }
}

async function claim(directory: string, socket: string, dataDir: string): Promise<boolean> {
  const newest = (await links(directory)).at(-1)
  if (newest && (await answers(newest.socket))) throw new DataDirectoryInUse(dataDir, newest.pid)

  const generation = (newest?.generation ?? 0) + 1
  const link = join(directory, `crisper.lock.${generation}`)
  try {
    await symlink(socket, link)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
  // The link we made may be an old number that an owner with a higher one has already cleared away.
  const after = await links(directory)
  if (after.some((other) => other.generation > generation)) {
    await rm(link, { force: true })
    return false
  }
  for (const old of after.filter((other) => other.generation < generation)) {
    await rm(old.link, { force: true })
    if (socketName.test(basename(old.socket))) await rm(old.socket, { force: true })
  }
  return true
}

interface LockLink {
  readonly link: string
  readonly generation: number
  readonly socket: string
  readonly pid: number
}

/** The links of this directory, oldest first. */
async function links(directory: string): Promise<LockLink[]> {
  const found: LockLink[] = []
  for (const name of await readdir(directory)) {
    const generation = linkName.exec(name)?.[1]
    if (generation === undefined) continue
    const link = join(directory, name)
    try {
      const socket = await readlink(link)
      const pid = Number(socketName.exec(basename(socket))?.[1] ?? 0)
      found.push({ link, generation: Number(generation), socket, pid })
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error // cleared away by a new owner
    }
  }
  return found.sort((a, b) => a.generation - b.generation)
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket)
    connection.once('connect', () => {
      connection.destroy()
      resolve(true)
    })
    connection.once('error', (error) => {
      if (hasCode(error, 'ECONNREFUSED', 'ENOENT', 'ECONNRESET'))
        resolve(false) // reset: it closed just now
      else if (hasCode(error, 'EAGAIN'))
        resolve(true) // its queue is full: it lives
      else reject(error)
    })
  })
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy())
    server.once('error', reject)
    // Root and the directory's owner must be able to test each other's socket; the directory around it is private.
    server.listen({ path, readableAll: true, writableAll: true }, () => resolve(server))
    server.unref()
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
