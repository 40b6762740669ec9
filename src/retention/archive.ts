import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)

/** What an archive has been given. */
export interface Archived {
  readonly tasks: number
  readonly files: number
  /** Of the files, compressed. */
  readonly bytes: number
}

/**
 * A folder of compressed JSON Lines: a file for each slice, in a folder for each day, named so that they sort by time.
 * A file is there whole or not at all: it is written beside, brought to the disk, and given its name.
 */
export class Archive {
  readonly #folder: string
  readonly #name: string
  #archived: Archived = { tasks: 0, files: 0, bytes: 0 }

  /** Of a run that began at that time. */
  private constructor(folder: string, began: Date) {
    const stamp = began.toISOString().replaceAll(/[-:]|\.\d+/g, '')
    this.#folder = join(folder, began.toISOString().slice(0, 10))
    this.#name = `tasks-${stamp}`
  }

  /** Rejects where nothing can be written there. */
  static async open(folder: string, began: Date): Promise<Archive> {
    const archive = new Archive(folder, began)
    await mkdir(archive.#folder, { recursive: true, mode: 0o700 })
    const probe = join(archive.#folder, `.${randomUUID()}`)
    await (await open(probe, 'wx', 0o600)).close()
    await rm(probe)
    return archive
  }

  get archived(): Archived {
    return this.#archived
  }

  /** Resolves when they would outlive a power failure. */
  async add(lines: readonly string[]): Promise<void> {
    const { tasks, files, bytes } = this.#archived
    const content = await compress(lines.map((line) => `${line}\n`).join(''))
    const number = String(files + 1).padStart(6, '0')
    await this.#write(`${this.#name}-${number}-${randomUUID().slice(0, 8)}.jsonl.gz`, content)
    this.#archived = { tasks: tasks + lines.length, files: files + 1, bytes: bytes + content.length }
  }

  async #write(name: string, content: Buffer): Promise<void> {
    const beside = join(this.#folder, `.${name}.part`)
    const file = await open(beside, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, join(this.#folder, name))
    const folder = await open(this.#folder, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }
}
