import type { PoolKind, Settings, WorkerStats } from '../celery/control.js'
import { type WorkerCommand, type WorkerCommandName, workerCommandNames } from '../celery/worker-commands.js'

/** What decides which commands a worker can follow; null is not known. */
export interface AbilityFacts {
  readonly pool: PoolKind | null
  readonly autoscales: boolean | null
  readonly restartsPool: boolean | null
  readonly processes: number | null
}

/** Why a worker can't follow a command; `replies.ts` has the sentences. */
export type Refusal =
  | 'pool_is_fixed'
  | 'autoscales'
  | 'too_few_processes'
  | 'autoscale_is_off'
  | 'pool_restart_is_off'
  | 'pool_cannot_restart'

export function abilityFacts(stats: WorkerStats | undefined, settings: Settings | undefined): AbilityFacts {
  return {
    pool: stats?.pool.kind ?? null,
    autoscales: stats === undefined ? null : stats.autoscale !== null,
    restartsPool: settings === undefined ? null : restartsPool(settings),
    processes: stats?.processes?.length ?? null,
  }
}

/** Only what is known refuses: what is not known is left to the worker. */
function refusalOf(command: WorkerCommandName, facts: AbilityFacts): Refusal | null {
  const { pool, autoscales } = facts
  switch (command) {
    case 'pool_grow':
    case 'pool_shrink':
      if (pool === 'threads' || pool === 'solo') return 'pool_is_fixed'
      return autoscales ? 'autoscales' : null
    case 'autoscale':
      return autoscales === false ? 'autoscale_is_off' : null
    case 'pool_restart':
      // The others say that they start, and do nothing (`celery.concurrency.base.BasePool.restart`).
      if (pool !== null && pool !== 'unknown' && pool !== 'prefork') return 'pool_cannot_restart'
      return facts.restartsPool === false ? 'pool_restart_is_off' : null
    default:
      return null
  }
}

/** As `refusalOf`, with the arguments. */
export function refusalOfOrder(order: WorkerCommand, facts: AbilityFacts): Refusal | null {
  const refusal = refusalOf(order.name, facts)
  if (refusal !== null || order.name !== 'pool_shrink') return refusal
  // Celery would end every process that is idle, and only then fail.
  return facts.processes !== null && order.n >= facts.processes ? 'too_few_processes' : null
}

/** Every command, with why the worker can't follow it; null where it can, as far as is known. */
export function abilities(facts: AbilityFacts): { command: WorkerCommandName; refusal: Refusal | null }[] {
  return workerCommandNames.map((command) => ({ command, refusal: refusalOf(command, facts) }))
}

/** Off unless configured; under its new name or the one of before. */
function restartsPool(settings: Settings): boolean {
  return Object.entries(settings).some(([name, value]) => /pool_restarts$/i.test(name) && value === true)
}
