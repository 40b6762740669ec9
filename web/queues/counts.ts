import type { Queue } from '../api/types.js'

/** The numbers of a queue, each with the states of the tasks behind it. */
export const statesBehind = {
  waiting: ['PENDING', 'SENT'],
  unfinished: ['PENDING', 'SENT', 'RECEIVED', 'STARTED', 'PROGRESS', 'RETRY'],
  running: ['STARTED', 'PROGRESS'],
  retry: ['RETRY'],
} as const

export type Count = keyof typeof statesBehind

export const counts = ['waiting', 'unfinished', 'running', 'retry'] as const satisfies readonly Count[]

/** What waits is what the broker says, null where it can't; the rest is counted from the tasks. */
export function countOf(
  { waiting, unfinished }: Pick<Queue, 'waiting' | 'unfinished'>,
  count: Count,
): number | null {
  if (count === 'waiting') return waiting
  return statesBehind[count].reduce((sum, state) => sum + (unfinished.by_state[state] ?? 0), 0)
}

/**
 * Whether anybody takes tasks from it; null: not known, since a worker has not said what it consumes. RabbitMQ knows
 * better than a worker, which may hang or have lost its connection.
 */
export function isConsumed(
  { workers, consumers }: Pick<Queue, 'workers' | 'consumers'>,
  anySilent: boolean,
): boolean | null {
  if (consumers !== null) return consumers > 0
  if (workers.length > 0) return true
  return anySilent ? null : false
}
