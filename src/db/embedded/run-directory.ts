import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasCode } from './error-code.js'
import { DataDirectoryUnusable } from './errors.js'
import { lockSocketNameLength } from './lock.js'
import { isRoot, type ServerUser } from './server-user.js'

/** Bytes of a Unix socket's path on the system that allows fewest (macOS; Linux allows 107). */
const socketPathLimit = 103

/**
 * The directory of the sockets: private, because PostgreSQL trusts whoever reaches its socket. It's `run` beside the
 * cluster; where that path is too long for a socket, one under the temp dir, named after the cluster's home.
 */
export async function prepareRunDirectory(home: string, user: ServerUser | undefined): Promise<string> {
  const directory = candidates(home).find(fits)
  if (directory === undefined)
    throw new DataDirectoryUnusable(`${home} has a path too long for a Unix socket.`)
  await makePrivate(directory, user)
  return directory
}

function candidates(home: string): string[] {
  const name = `crisper-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`
  // Root's own temp dir may be closed to PostgreSQL's account.
  const temporary = isRoot() ? [] : [join(tmpdir(), name)]
  return [join(home, 'run'), ...temporary, join('/tmp', name)]
}

function fits(directory: string): boolean {
  return Buffer.byteLength(directory) + 1 + lockSocketNameLength <= socketPathLimit
}

async function makePrivate(directory: string, user: ServerUser | undefined): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 })
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
  const self = process.getuid?.()
  const found = await lstat(directory)
  if (!found.isDirectory() || (found.uid !== self && found.uid !== user?.uid)) {
    throw new DataDirectoryUnusable(
      `${directory}, where PostgreSQL's socket goes, belongs to someone else. Remove it, or use another --data-dir.`,
    )
  }
  if ((found.mode & 0o777) !== 0o700) await chmod(directory, 0o700)
  if (user && found.uid !== user.uid) await chown(directory, user.uid, user.gid)
}
