import { chmod, chown, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { canEnter, isRoot, type ServerUser } from '../../../src/db/embedded/server-user.js'
import { column, elsewhere, embeddedServers } from './data-directories.js'
import { type OwnerOptions, startOwner } from './owner.js'

const servers = embeddedServers()
const repository = fileURLToPath(new URL('../../..', import.meta.url))
/** nobody, who is everywhere. */
const ordinary = { uid: 65534, gid: 65534 }

describe.skipIf(!isRoot())('as root', () => {
  test('PostgreSQL runs as an account of its own', async () => {
    const dataDir = await servers.directory()

    await servers.start(dataDir)

    expect((await stat(join(dataDir, 'postgres'))).uid).toBeGreaterThan(0)
    expect(await elsewhere(dataDir)).toBeUndefined()
  })

  test('a data directory that only root can enter, with a long path, keeps its data elsewhere', async () => {
    const closed = await mkdtemp('/root/embedded-')
    servers.removeLater(closed)
    const dataDir = join(closed, 'deep'.repeat(30))
    servers.removeLater(dataDir)
    const first = await servers.start(dataDir)
    await column(first.server.connection, 'create table kept as select 42 as answer')
    await first.server.stop()

    const second = await servers.start(dataDir)

    expect(await column(second.server.connection, 'select answer from kept')).toEqual([42])
    expect(await elsewhere(dataDir)).toMatch(/^\/var\/lib\/crisper\/clusters\/[0-9a-f]{16}(-\d+)?$/)
    expect((await stat(closed)).mode & 0o777).toBe(0o700)
    await expect(servers.start(dataDir)).rejects.toMatchObject({
      name: 'DataDirectoryInUse',
      pid: process.pid,
    })
  })

  test('of four that start at once in a directory that only root can enter exactly one wins', async () => {
    const dataDir = await servers.directory()
    await chmod(dataDir, 0o700)

    const owners = await Promise.all([1, 2, 3, 4].map(() => startOwner(dataDir)))

    await Promise.all(owners.map((owner) => owner.stop()))
    expect(owners.filter((owner) => 'connection' in owner.answer)).toHaveLength(1)
  })

  test('a data directory that was deleted and made again begins empty', async () => {
    const parent = await servers.directory()
    const dataDir = join(parent, 'data')
    await mkdir(dataDir, { mode: 0o700 })
    servers.removeLater(dataDir)
    const first = await servers.start(dataDir)
    const old = await elsewhere(dataDir)
    await first.server.stop()
    await rm(dataDir, { recursive: true })
    await mkdir(dataDir, { mode: 0o700 })

    const second = await servers.start(dataDir)

    expect(await elsewhere(dataDir)).not.toBe(old)
    expect(second.told).toContainEqual(expect.stringContaining(`${old} is left`))
    await rm(String(old), { recursive: true })
  })

  test('a user’s own database is served as that user', async () => {
    const dataDir = await servers.directory()
    await mkdir(join(dataDir, 'postgres'), { mode: 0o700 })
    await chown(join(dataDir, 'postgres'), ordinary.uid, ordinary.gid)

    const { server } = await servers.start(dataDir)

    expect((await stat(join(dataDir, 'postgres', 'PG_VERSION'))).uid).toBe(ordinary.uid)
    expect((await stat(server.connection.host)).uid).toBe(ordinary.uid)
  })
})

const reachable = isRoot() && (await canEnter(ordinary, repository))

describe.skipIf(!reachable)(
  'as an ordinary user, seen from root (needs a checkout that others can enter)',
  () => {
    test('it starts as that user, with a path too long for a socket', async () => {
      const home = await servers.directory()
      await chown(home, ordinary.uid, ordinary.gid)
      const dataDir = join(home, 'deep'.repeat(30))

      const owner = await startOwner(dataDir, asAccount(ordinary, home))

      const { answer } = owner
      try {
        if (!('connection' in answer)) throw new Error(answer.message)
        expect(answer.connection.host).toMatch(new RegExp(`^${home}/crisper-[0-9a-f]{16}$`))
        expect(await stat(answer.connection.host)).toMatchObject({ uid: ordinary.uid })
        expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
        expect(await column(answer.connection, 'select 1')).toEqual([1])
      } finally {
        await owner.stop()
      }
      // Root takes it over, as PostgreSQL's owner.
      const { server } = await servers.start(dataDir)
      servers.removeLater(server.connection.host)
      expect(await column(server.connection, 'select 1')).toEqual([1])
    })

    test('a database of another account is refused', async () => {
      const dataDir = await servers.directory()
      const { server } = await servers.start(dataDir)
      await server.stop()

      const home = await servers.directory()
      await chown(home, ordinary.uid, ordinary.gid)
      const owner = await startOwner(dataDir, asAccount(ordinary, home))

      await owner.stop()
      expect(owner.answer).toMatchObject({
        error: 'DataDirectoryUnusable',
        message: expect.stringContaining('uid'),
      })
    })

    test('an account without a name is told so', async () => {
      const dataDir = await servers.directory()
      const nameless = { uid: 54321, gid: 54321 }
      await chown(dataDir, nameless.uid, nameless.gid)

      const owner = await startOwner(dataDir, asAccount(nameless, dataDir))

      await owner.stop()
      expect(owner.answer).toMatchObject({
        error: 'NoServerUser',
        message: expect.stringContaining('uid 54321'),
      })
    })
  },
)

function asAccount(account: ServerUser, home: string): OwnerOptions {
  return { ...account, env: { ...process.env, HOME: home, TMPDIR: home } }
}
