import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Binaries } from './binaries.js'
import { PostgresFailed } from './errors.js'
import type { ServerLog } from './server-log.js'
import { type ServerUser, spawnOptions } from './server-user.js'

const fastShutdownMs = 30_000
const immediateShutdownMs = 10_000

export interface ServerProcessOptions {
  readonly binaries: Binaries
  readonly user: ServerUser | undefined
  /** PostgreSQL's data directory. */
  readonly cluster: string
  /** Settings by name; they win over the configuration files. */
  readonly settings: Readonly<Record<string, string | number>>
  readonly log: ServerLog
}

/** A running `postgres`, the parent of all of a cluster's processes. */
export class ServerProcess {
  readonly #child: ChildProcess
  readonly #log: ServerLog
  /** Resolves when the server has ended, with how it ended. */
  readonly ended: Promise<string>
  #running = true

  constructor(options: ServerProcessOptions) {
    this.#log = options.log
    const settings = Object.entries(options.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    this.#child = spawn(options.binaries.postgres, ['-D', options.cluster, ...settings], {
      ...spawnOptions(options.user),
      // A session of its own: Ctrl-C in a terminal is for Crisper, which still needs the database to finish.
      detached: true,
      stdio: ['ignore', options.log.fd, options.log.fd],
    })
    // How long the process lives is its owner's matter: it doesn't hold the event loop.
    this.#child.unref()
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#running = false
        resolve(how)
      }
      this.#child.once('error', (error) => end(`could not be started: ${error.message}`))
      this.#child.once('exit', (code, signal) =>
        end(signal ? `was ended by ${signal}` : `exited with code ${code}`),
      )
    })
  }

  get running(): boolean {
    return this.#running
  }

  /** The error for a server that ended, or doesn't do what it should, with what it logged last. */
  async failure(what: string): Promise<PostgresFailed> {
    return new PostgresFailed(what, await this.#log.lastLines())
  }

  /** Fast shutdown: open transactions are rolled back, everything is written. Immediate when that takes too long. */
  async stop(): Promise<void> {
    if (!this.#running) return
    this.#child.kill('SIGINT')
    if (await this.#endsWithin(fastShutdownMs)) return
    this.#child.kill('SIGQUIT')
    if (await this.#endsWithin(immediateShutdownMs)) return
    throw await this.failure(`PostgreSQL (process ${this.#child.pid}) doesn't stop.`)
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    if (!this.#running) return
    this.#child.kill('SIGKILL')
    await this.ended
  }

  async #endsWithin(ms: number): Promise<boolean> {
    const timer = new AbortController()
    const expired = sleep(ms, false, { signal: timer.signal }).catch(() => false)
    const ended = await Promise.race([this.ended.then(() => true), expired])
    timer.abort()
    return ended
  }
}
