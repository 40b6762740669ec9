import type { Worker } from '../api/types.js'
import { StateBadge } from '../components/state-badge.js'

/** Stops have stopped, too; a worker that has is called otherwise in some languages. */
export function WorkerBadge({ status }: Pick<Worker, 'status'>) {
  return <StateBadge state={status === 'stopped' ? 'left' : status} />
}
