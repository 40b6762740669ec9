import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const program = fileURLToPath(new URL('./programs/owner.ts', import.meta.url))
const answer = z.union([
  z.object({
    connection: z.object({ host: z.string(), port: z.number(), user: z.string(), database: z.string() }),
  }),
  z.object({ error: z.string(), message: z.string() }),
])

/** A process of its own that owns a data directory, to be killed or run as another user. */
export interface Owner {
  readonly pid: number
  /** How starting went. */
  readonly answer: z.infer<typeof answer>
  /** What it told on the way. */
  readonly told: () => string
  stop(): Promise<void>
  /** kill -9: PostgreSQL is left behind. */
  kill(): Promise<void>
}

export interface OwnerOptions {
  readonly uid?: number
  readonly gid?: number
  readonly env?: NodeJS.ProcessEnv
}

/** Spawned and not yet waited for, to be killed at any moment. */
export function spawnOwner(dataDir: string, options: OwnerOptions = {}): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', program, dataDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  })
}

export async function startOwner(dataDir: string, options: OwnerOptions = {}): Promise<Owner> {
  const child = spawnOwner(dataDir, options)
  if (!child.stdout || !child.stderr || child.pid === undefined)
    throw new Error('the owner could not be started')
  let told = ''
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString()
  })
  const exited = once(child, 'exit')
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await exited
  }
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([first]: unknown[]) => String(first)),
    exited.then(() => undefined),
  ])
  if (line === undefined) throw new Error(`the owner ended: ${told}`)
  return {
    pid: child.pid,
    answer: answer.parse(JSON.parse(line)),
    told: () => told,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}
