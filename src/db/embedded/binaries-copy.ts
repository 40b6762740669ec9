import { randomUUID } from 'node:crypto'
import { chmod, copyFile, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { hasCode } from './error-code.js'

/**
 * Copies PostgreSQL's programs so that every account can run them, unless a complete copy is there.
 * The copy appears at once and complete; several starters may do this at the same time.
 * @returns whether it copied
 */
export async function copyBinaries(source: string, target: string): Promise<boolean> {
  const files = await listFiles(source)
  if (await isComplete(files, target)) return false

  await mkdir(dirname(target), { recursive: true })
  await removeAbandoned(target)
  const draft = `${target}.${process.pid}.${randomUUID()}`
  try {
    await copyAll(files, draft)
    await putInPlace(draft, target, files)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return true
}

async function putInPlace(draft: string, target: string, files: readonly SourceFile[]): Promise<void> {
  try {
    await rename(draft, target)
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
    if (await isComplete(files, target)) return // another starter was first
    const broken = `${draft}.broken`
    await rename(target, broken)
    await rename(draft, target)
    await rm(broken, { recursive: true, force: true })
  }
}

interface SourceFile {
  readonly source: string
  /** Path within the copy. */
  readonly path: string
  readonly size: number
  readonly executable: boolean
}

/** Links are left out: they are made from the package's list. */
async function listFiles(directory: string): Promise<SourceFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const source = join(entry.parentPath, entry.name)
        const { size, mode } = await lstat(source)
        return { source, path: relative(directory, source), size, executable: (mode & 0o111) !== 0 }
      }),
  )
}

/** By the sizes, so that a copy cut short by a power loss is found out too. */
async function isComplete(files: readonly SourceFile[], copy: string): Promise<boolean> {
  try {
    const sizes = await Promise.all(files.map(async (file) => (await lstat(join(copy, file.path))).size))
    return files.every((file, index) => sizes[index] === file.size)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}

/** With modes of our own: the umask at install time may have closed the package to others. */
async function copyAll(files: readonly SourceFile[], target: string): Promise<void> {
  const made = new Set<string>()
  const makeDirectory = async (directory: string): Promise<void> => {
    if (made.has(directory)) return
    if (directory !== target) await makeDirectory(dirname(directory))
    await mkdir(directory)
    await chmod(directory, 0o755)
    made.add(directory)
  }
  for (const file of files) {
    const copy = join(target, file.path)
    await makeDirectory(dirname(copy))
    await copyFile(file.source, copy)
    await chmod(copy, file.executable ? 0o755 : 0o644)
  }
}

/** Drafts of processes that were killed while copying. */
async function removeAbandoned(target: string): Promise<void> {
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(`${basename(target)}.`)) continue
    const pid = Number.parseInt(name.slice(basename(target).length + 1), 10)
    if (Number.isNaN(pid) || isAlive(pid)) continue
    await rm(join(dirname(target), name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !hasCode(error, 'ESRCH')
  }
}
