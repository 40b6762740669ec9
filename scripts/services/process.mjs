import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endWithUs, hasEnded } from './guard.mjs'

/**
 * @typedef {object} Program
 * @property {string} name what people call it, for messages
 * @property {string} command
 * @property {string[]} args
 * @property {string} log file that takes its output; appended to
 * @property {string} [cwd]
 * @property {Record<string, string | undefined>} [env] the whole environment; ours where absent
 */

/** @typedef {{ signal?: NodeJS.Signals, graceMs?: number }} StopOptions */

/**
 * A child process that leads a process group of its own: a terminal's Ctrl-C doesn't reach it, and its children can
 * be ended with it. It ends when our own process ends, however that happens.
 */
export class Running {
  #child
  #logStart
  /** @type {Promise<string>} resolves to how it ended, for example `exit code 1` */
  ended

  /**
   * @param {Program} program
   * @param {import('node:child_process').ChildProcess} child
   * @param {number} logStart length of the log when it started, in bytes
   */
  constructor(program, child, logStart) {
    this.program = program
    this.#child = child
    this.#logStart = logStart
    const { pid } = child
    if (pid !== undefined) endWithUs(pid)
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, signal) => {
        if (pid !== undefined) hasEnded(pid)
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`)
      })
    })
  }

  /** @returns {number} -1 where it could not be started at all */
  get pid() {
    return this.#child.pid ?? -1
  }

  get alive() {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** What it has written since it was started. */
  output() {
    return readFileSync(this.program.log).subarray(this.#logStart).toString('utf8')
  }

  /**
   * The last lines it wrote, for an error message.
   * @param {number} [lines]
   */
  lastLines(lines = 20) {
    return this.output().trimEnd().split('\n').slice(-lines).join('\n') || '(nothing)'
  }

  /**
   * Asks it to stop, waits, and ends the whole group by force when it takes longer than `graceMs` (default 10,000).
   * @param {StopOptions} [options]
   */
  async stop({ signal = 'SIGTERM', graceMs = 10_000 } = {}) {
    if (this.alive) {
      this.#child.kill(signal)
      await Promise.race([this.ended, sleep(graceMs, undefined, { ref: false })])
    }
    await this.kill()
  }

  /** SIGKILL to the whole group, as the kernel's out-of-memory killer or a lost machine would. */
  async kill() {
    if (this.#child.pid === undefined) return
    try {
      process.kill(-this.#child.pid, 'SIGKILL')
    } catch (error) {
      if (!isNoSuchProcess(error)) throw error
    }
    await this.ended
  }
}

/**
 * @param {Program} program
 * @returns {Running}
 */
export function startProcess(program) {
  mkdirSync(dirname(program.log), { recursive: true })
  const logStart = existsSync(program.log) ? statSync(program.log).size : 0
  const log = openSync(program.log, 'a')
  const child = spawn(program.command, program.args, {
    cwd: program.cwd,
    env: program.env ?? process.env,
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  return new Running(program, child, logStart)
}

/**
 * Waits until the condition holds, looking again and again. Where the process dies first or the deadline passes, ends
 * it and throws an error that quotes its last lines.
 * @param {Running} running
 * @param {() => boolean | Promise<boolean>} condition
 * @param {{ deadlineMs?: number, everyMs?: number }} [options]
 */
export async function untilReady(running, condition, { deadlineMs = 30_000, everyMs = 25 } = {}) {
  const deadline = Date.now() + deadlineMs
  while (running.alive && Date.now() < deadline) {
    if (await condition()) return
    await sleep(everyMs)
  }
  const { name, log } = running.program
  const what = running.alive
    ? `was not ready after ${deadlineMs / 1000} s`
    : `died early (${await running.ended})`
  await running.kill()
  throw new Error(`${name} ${what}. The end of ${log}:\n${running.lastLines()}`)
}

/**
 * Runs a short program to its end; it is asked to end where our own process ends first.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined> }} [options]
 * @returns {Promise<{ ok: boolean, output: string }>} its standard output and error together
 */
export async function runToEnd(command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const endIt = () => child.kill()
  process.once('exit', endIt)
  /** @type {Buffer[]} */
  const chunks = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  child.stderr.on('data', (chunk) => chunks.push(chunk))
  try {
    const [code] = await once(child, 'close')
    return { ok: code === 0, output: Buffer.concat(chunks).toString('utf8') }
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : String(error) }
  } finally {
    process.removeListener('exit', endIt)
  }
}

/**
 * Whether a process with this number runs, whoever's it is.
 * @param {number} pid
 */
export function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !isNoSuchProcess(error)
  }
}

/** @param {unknown} error */
function isNoSuchProcess(error) {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH'
}
