import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { hasCode } from './error-code.js'
import { PostgresFailed } from './errors.js'

const execute = promisify(execFile)
const fastShutdownMs = 30_000
const immediateShutdownMs = 10_000

/**
 * Stops the PostgreSQL that a killed Crisper left running on this cluster, and clears away its `postmaster.pid`.
 * PostgreSQL itself takes any live process of that id for a server and then refuses to start. Call it under the lock.
 */
export async function stopOrphan(cluster: string, log: (line: string) => void): Promise<void> {
  const file = join(cluster, 'postmaster.pid')
  const pid = await readPid(file)
  if (pid === undefined) return
  if (await serves(pid, cluster)) {
    log(`PostgreSQL (process ${pid}) was left running by a Crisper that was killed: restarting it.`)
    signalTo(pid, 'SIGINT')
    if (!(await endsWithin(pid, cluster, fastShutdownMs))) {
      signalTo(pid, 'SIGQUIT')
      if (!(await endsWithin(pid, cluster, immediateShutdownMs))) {
        throw new PostgresFailed(
          `PostgreSQL (process ${pid}), left running by an earlier Crisper, doesn't stop.`,
          [],
        )
      }
    }
  }
  await rm(file, { force: true })
}

async function readPid(file: string): Promise<number | undefined> {
  try {
    const pid = Number.parseInt(await readFile(file, 'utf8'), 10)
    return Number.isNaN(pid) ? undefined : pid
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Whether the process is a `postgres -D <cluster>`: the id may long belong to another program. */
async function serves(pid: number, cluster: string): Promise<boolean> {
  if (process.platform === 'linux') {
    const [program, option, directory] = (await readCommandLine(pid)).split('\0')
    return basename(program ?? '') === 'postgres' && option === '-D' && directory === cluster
  }
  try {
    const { stdout } = await execute('ps', ['-ww', '-o', 'command=', '-p', String(pid)])
    return stdout.includes(`/postgres -D ${cluster} -c `)
  } catch {
    return false // ps fails when there's no such process
  }
}

/** Readable by everyone, unlike the links in /proc, which root needs a capability for that containers don't give it. */
async function readCommandLine(pid: number): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/cmdline`, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return ''
    throw error
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error // it ended by itself
  }
}

async function endsWithin(pid: number, cluster: string, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms
  while (await serves(pid, cluster)) {
    if (performance.now() > deadline) return false
    await sleep(20)
  }
  return true
}
