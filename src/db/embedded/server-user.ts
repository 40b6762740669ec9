import { execFile, type SpawnOptions } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { hasCode } from './error-code.js'
import { NoServerUser } from './errors.js'

const execute = promisify(execFile)
const account = 'crisper'

/** The account PostgreSQL runs as when Crisper is root. Without one it runs as Crisper's own. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/**
 * The account for PostgreSQL, which refuses root: none when we are an ordinary user, else the system user
 * `crisper`, which is created when it doesn't exist.
 */
export async function ensureServerUser(): Promise<ServerUser | undefined> {
  if (!isRoot()) return undefined
  if (process.platform !== 'linux') {
    throw new NoServerUser('PostgreSQL refuses to run as root. Start Crisper as an ordinary user.')
  }
  // Several Crispers may start for the first time at once: the account files are locked by one of them, or the
  // account appears between our look and our try.
  let failure: unknown
  for (let attempt = 0; attempt < 5; attempt++) {
    const user = await lookUp(account)
    if (user) return user
    if (attempt > 0) await sleep(200)
    failure = await createAccount().then(
      () => undefined,
      (error: unknown) => error,
    )
  }
  const user = await lookUp(account)
  if (user) return user
  throw new NoServerUser(
    `PostgreSQL refuses to run as root, and the system user '${account}' to run it as could not be created. ` +
      `Create it yourself (useradd --system ${account}) or start Crisper as an ordinary user.`,
    { cause: failure },
  )
}

async function lookUp(name: string): Promise<ServerUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([execute('id', ['-u', name]), execute('id', ['-g', name])])
    return { uid: Number.parseInt(uid.stdout, 10), gid: Number.parseInt(gid.stdout, 10) }
  } catch {
    return undefined
  }
}

async function createAccount(): Promise<void> {
  const nowhere = ['/nonexistent', '/usr/sbin/nologin'] as const
  try {
    await execute('useradd', [
      ...['--system', '--user-group', '--no-create-home'],
      ...['--home-dir', nowhere[0], '--shell', nowhere[1], account],
    ])
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    // BusyBox (Alpine) has no useradd.
    await execute('addgroup', ['-S', account])
    await execute('adduser', ['-S', '-D', '-H', '-h', nowhere[0], '-s', nowhere[1], '-G', account, account])
  }
}

/**
 * Spawn options of PostgreSQL's programs: the account, and an environment without what would change what they do
 * (PGDATA, PGPORT, LC_…).
 */
export function spawnOptions(user: ServerUser | undefined) {
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, LC_ALL: 'C' }
  return { cwd: '/', env, ...user } satisfies SpawnOptions
}

/** Whether PostgreSQL's account may enter this directory, found out by trying. */
export async function canEnter(user: ServerUser | undefined, directory: string): Promise<boolean> {
  try {
    await execute('/bin/sh', ['-c', 'cd -- "$0"', directory], spawnOptions(user))
    return true
  } catch {
    return false
  }
}
