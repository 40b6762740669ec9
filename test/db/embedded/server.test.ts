import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { column, embeddedServers } from './data-directories.js'
import { spawnOwner, startOwner } from './owner.js'

const servers = embeddedServers()
const execute = promisify(execFile)

test('the first start makes a database that answers', async () => {
  const dataDir = join(await servers.directory(), 'new', 'data')

  const { server } = await servers.start(dataDir)

  expect(server.serverVersion).toMatch(/^18\./)
  expect(await column(server.connection, 'select current_database()')).toEqual(['crisper'])
  expect(await column(server.connection, "select 'ÄRGER' ilike 'ärger'")).toEqual([true])
})

test('it listens on a private socket only', async () => {
  const dataDir = await servers.directory()

  const { server } = await servers.start(dataDir)

  expect(await column(server.connection, 'show listen_addresses')).toEqual([''])
  expect(server.connection.host).toBe(join(dataDir, 'run'))
  expect((await stat(server.connection.host)).mode & 0o777).toBe(0o700)
})

test('what was written is there after a restart', async () => {
  const dataDir = await servers.directory()
  const first = await servers.start(dataDir)
  await column(first.server.connection, 'create table kept as select 42 as answer')
  await first.server.stop()

  const second = await servers.start(dataDir)

  expect(await column(second.server.connection, 'select answer from kept')).toEqual([42])
  expect(await readdir(dataDir)).not.toContainEqual(expect.stringMatching(/new-/))
})

test('a path with blanks, commas and quotes works', async () => {
  const { server } = await servers.start(join(await servers.directory(), 'a b,"c\''))

  expect(await column(server.connection, 'select 1')).toEqual([1])
})

test('after a kill -9 of its Crisper the next one opens the data and owns PostgreSQL', async () => {
  const dataDir = await servers.directory()
  const killed = await startOwner(dataDir)
  if (!('connection' in killed.answer)) throw new Error(killed.answer.message)
  await column(killed.answer.connection, 'create table kept as select 42 as answer')
  const orphan = await postmasterPid(dataDir)
  await killed.kill()
  expect(await isAlive(orphan)).toBe(true)

  const { server, told } = await servers.start(dataDir)

  expect(told).toEqual([expect.stringContaining(`process ${orphan}`)])
  expect(await column(server.connection, 'select answer from kept')).toEqual([42])
  const ours = await postmasterPid(dataDir)
  await server.stop()
  expect([await isAlive(orphan), await isAlive(ours)]).toEqual([false, false])
})

test('after a kill -9 in the middle of the first start the next one makes the database', async () => {
  const dataDir = await servers.directory()
  const owner = spawnOwner(dataDir)
  await expect
    .poll(() => readdir(dataDir), { interval: 5, timeout: 20_000 })
    .toContainEqual(expect.stringMatching(/new-/))
  const ended = once(owner, 'exit')
  owner.kill('SIGKILL')
  await ended

  const { server } = await servers.start(dataDir)

  expect(await column(server.connection, 'select 1')).toEqual([1])
  expect(await readdir(dataDir)).not.toContainEqual(expect.stringMatching(/new-/))
})

test('a half-made database of an earlier start is replaced', async () => {
  const dataDir = await servers.directory()
  await mkdir(join(dataDir, 'postgres.new-earlier', 'base'), { recursive: true })
  await writeFile(join(dataDir, 'postgres.new-earlier', 'PG_VERSION'), '18\n')

  const { server } = await servers.start(dataDir)

  expect(await column(server.connection, 'select 1')).toEqual([1])
})

test('a PostgreSQL that was killed itself is recovered', async () => {
  const dataDir = await servers.directory()
  const first = await servers.start(dataDir)
  await column(first.server.connection, 'create table kept as select 42 as answer')
  const failure = new Promise<Error>((resolve) => first.server.onExit(resolve))
  process.kill(await postmasterPid(dataDir), 'SIGKILL')

  expect(await failure).toMatchObject({ name: 'PostgresFailed', message: expect.stringContaining('SIGKILL') })
  await first.server.stop()
  const second = await servers.start(dataDir)

  expect(await column(second.server.connection, 'select answer from kept')).toEqual([42])
})

test('a stale postmaster.pid whose id is another program now does not hinder', async () => {
  const dataDir = await servers.directory()
  const first = await servers.start(dataDir)
  const file = join(dataDir, 'postgres', 'postmaster.pid')
  const content = await readFile(file, 'utf8')
  await first.server.stop()
  await writeFile(file, content.replace(/^\d+/, String(process.pid)), { mode: 0o600 })

  const second = await servers.start(dataDir)

  expect(await column(second.server.connection, 'select 1')).toEqual([1])
})

test('data of another major version is refused with the way out', async () => {
  const dataDir = await servers.directory()
  const first = await servers.start(dataDir)
  await first.server.stop()
  await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '15\n')

  const second = servers.start(dataDir)

  await expect(second).rejects.toMatchObject({
    name: 'DataVersionMismatch',
    message: expect.stringMatching(/PostgreSQL 15.*brings 18.*DATABASE_URL/),
  })
})

test('a directory that holds something else is left alone', async () => {
  const dataDir = await servers.directory()
  await mkdir(join(dataDir, 'postgres'))
  await writeFile(join(dataDir, 'postgres', 'notes.txt'), 'mine')
  // As root PostgreSQL takes on the directory's owner: give it one that can be.
  if (process.getuid?.() === 0) await execute('chown', ['-R', 'nobody', join(dataDir, 'postgres')])

  await expect(servers.start(dataDir)).rejects.toMatchObject({ name: 'DataDirectoryUnusable' })

  expect(await readFile(join(dataDir, 'postgres', 'notes.txt'), 'utf8')).toBe('mine')
  expect(await readdir(dataDir)).not.toContainEqual(expect.stringMatching(/new-/))
})

test('a PostgreSQL that does not start tells why, and the directory is free again', async () => {
  const dataDir = await servers.directory()
  const first = await servers.start(dataDir)
  await first.server.stop()
  const configuration = join(dataDir, 'postgres', 'postgresql.conf')
  const good = await readFile(configuration)
  await appendFile(configuration, 'no_such_setting = 1\n')

  await expect(servers.start(dataDir)).rejects.toMatchObject({
    name: 'PostgresFailed',
    message: expect.stringContaining('no_such_setting'),
  })
  await writeFile(configuration, good)

  expect(await column((await servers.start(dataDir)).server.connection, 'select 1')).toEqual([1])
})

test('giving up while starting leaves nothing running', async () => {
  const dataDir = await servers.directory()
  const giveUp = new AbortController()
  const starting = servers.start(dataDir, giveUp.signal)
  await expect
    .poll(() => readdir(dataDir), { interval: 5 })
    .toContainEqual(expect.stringMatching(/^postgres/))
  giveUp.abort(new Error('enough'))

  await expect(starting).rejects.toThrow('enough')

  expect(await readdir(dataDir)).not.toContainEqual(expect.stringMatching(/new-/))
  expect(await column((await servers.start(dataDir)).server.connection, 'select 1')).toEqual([1])
})

test('a log that has grown large is moved aside', async () => {
  const dataDir = await servers.directory()
  const log = join(dataDir, 'postgres.log')
  await writeFile(log, 'x'.repeat(9 * 1024 * 1024))

  await servers.start(dataDir)

  expect((await stat(log)).size).toBeLessThan(1024 * 1024)
  expect((await stat(`${log}.1`)).size).toBe(9 * 1024 * 1024)
})

test.skipIf(process.getuid?.() === 0)(
  'a directory that cannot be written is named (not as root)',
  async () => {
    const directory = await servers.directory()
    await chmod(directory, 0o500)

    await expect(servers.start(join(directory, 'data'))).rejects.toMatchObject({
      name: 'DataDirectoryUnusable',
      message: expect.stringContaining('EACCES'),
    })
  },
)

async function postmasterPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10)
}

/** A process that ended and that nobody has waited for yet, which is left in some containers, isn't alive. */
async function isAlive(pid: number): Promise<boolean> {
  if (process.platform === 'linux')
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== ''
  return execute('ps', ['-p', String(pid)]).then(
    () => true,
    () => false,
  )
}
