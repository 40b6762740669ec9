import { constants, copyFile, type FileHandle, open, rm } from 'node:fs/promises'
import type { ServerUser } from './server-user.js'

/** The log and the copy of its past take at most about twice this. */
const largestLogBytes = 8 * 1024 * 1024
const checkEveryMs = 60_000
const tailBytes = 16 * 1024

/** The file PostgreSQL writes its log to. PostgreSQL has the file itself, so it logs on when Crisper is killed. */
export class ServerLog {
  readonly #path: string
  readonly #file: FileHandle
  readonly #timer: NodeJS.Timeout
  #startedAt: number

  private constructor(path: string, file: FileHandle, size: number) {
    this.#path = path
    this.#file = file
    this.#startedAt = size
    this.#timer = setInterval(() => {
      // A disk that is full now may have room again a minute later.
      this.#keepSmall().catch(() => undefined)
    }, checkEveryMs).unref()
  }

  static async open(path: string, user: ServerUser | undefined): Promise<ServerLog> {
    const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants
    const file = await open(path, O_APPEND | O_CREAT | O_NOFOLLOW | O_RDWR, 0o600)
    try {
      if (user) await file.chown(user.uid, user.gid)
      const log = new ServerLog(path, file, (await file.stat()).size)
      await log.#keepSmall()
      return log
    } catch (error) {
      await file.close()
      throw error
    }
  }

  get fd(): number {
    return this.#file.fd
  }

  /** The last lines written since the log was opened. */
  async lastLines(count = 15): Promise<string[]> {
    const { size } = await this.#file.stat()
    const from = Math.max(this.#startedAt, size - tailBytes)
    const buffer = Buffer.alloc(Math.max(size - from, 0))
    const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, from)
    return buffer
      .toString('utf8', 0, bytesRead)
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-count)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#file.close()
  }

  /** PostgreSQL appends, so cutting the file to nothing makes it go on at the beginning. */
  async #keepSmall(): Promise<void> {
    if ((await this.#file.stat()).size <= largestLogBytes) return
    await rm(`${this.#path}.1`, { force: true })
    await copyFile(this.#path, `${this.#path}.1`, constants.COPYFILE_EXCL)
    await this.#file.truncate(0)
    this.#startedAt = 0
  }
}
