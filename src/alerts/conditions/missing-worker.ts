import type { ConditionOf } from '../rule.js'
import type { Look, Sources } from './look.js'

/** Seconds after a connection in which workers may not have been heard yet. */
const settlingS = 30

/** One that is silent for some seconds only is there: busy, or a heartbeat was late. */
export function missingWorker(
  { worker: pattern, at_least: atLeast }: ConditionOf<'missing_worker'>,
  { workers, broker: { status } }: Sources,
): Look {
  if (status.state !== 'connected' || Date.now() - status.since.getTime() < settlingS * 1000) return undefined
  const names = pattern.split('*').map(escaped).join('.*')
  const isMeant = new RegExp(`^${names}$`, 's')
  const there = workers
    .list()
    .filter(({ name }) => isMeant.test(name))
    .filter((worker) => isThere(workers.statusOf(worker).status)).length
  if (there >= atLeast) return []
  const sentence =
    there === 0
      ? `No worker ${pattern} is there${atLeast > 1 ? `; there should be ${atLeast}` : ''}.`
      : `${there} of at least ${atLeast} workers ${pattern} are there.`
  return [{ subject: '', sentence, link: '/workers' }]
}

function isThere(status: string): boolean {
  return status === 'online' || status === 'silent'
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
