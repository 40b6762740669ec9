import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { findRabbitmq } from '../../scripts/services/rabbitmq.mjs'
import { findRedis } from '../../scripts/services/redis.mjs'
import { findBinaries } from '../../src/db/embedded/binaries.js'
import { ensureServerUser } from '../../src/db/embedded/server-user.js'

/** Where figures were measured: without it they mean nothing. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly kernel: string
  readonly node: string
  readonly postgresql: string
  readonly redis: string
  readonly rabbitmq: string
  /** Of Crisper. */
  readonly commit: string
  readonly at: string
  /** Of the last minute, before anything was started. */
  readonly load: number
}

export async function thisMachine(): Promise<Machine> {
  const binaries = await findBinaries({ user: await ensureServerUser(), log: () => undefined })
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    node: process.version.slice(1),
    postgresql: binaries.version,
    redis: /v=(\S+)/.exec(output(findRedis() ?? 'redis-server', ['--version']))?.[1] ?? 'none',
    rabbitmq: /rabbitmq_server-([\d.]+)/.exec(findRabbitmq() ?? '')?.[1] ?? 'none',
    commit: output('git', ['describe', '--always', '--dirty']),
    at: new Date().toISOString(),
    load: loadavg()[0] ?? 0,
  }
}

/** One line for above a table. */
export function inWords(machine: Machine): string {
  const { cpu, cores, memoryGb, kernel, node, postgresql, redis, rabbitmq, commit, at, load } = machine
  return [
    `${cpu}, ${cores} cores, ${memoryGb} GB, Linux ${kernel}`,
    `Node ${node}, PostgreSQL ${postgresql}, Redis ${redis}, RabbitMQ ${rabbitmq}`,
    `Crisper ${commit}, ${at.slice(0, 16).replace('T', ' ')} UTC, load ${load.toFixed(1)} before the start`,
  ].join('; ')
}

function output(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return 'unknown'
  }
}
