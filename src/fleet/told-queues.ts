import type { Management, QueueFigures } from '../celery/amqp/management.js'

/** What RabbitMQ's management API told of the queues. */
export interface ToldQueues {
  readonly figures: ReadonlyMap<string, QueueFigures>
  /** Why it told nothing; null where it did, or is not asked. */
  readonly problem: string | null
}

/** Never rejects: without it queues are asked for one by one. */
export async function toldQueues(management: Management | null): Promise<ToldQueues> {
  if (management === null) return { figures: new Map(), problem: null }
  try {
    const figures = await management.queues()
    return { figures: new Map(figures.map((each) => [each.queue, each])), problem: null }
  } catch (error) {
    return { figures: new Map(), problem: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * Queues that Celery, Crisper or RabbitMQ made for itself: mailboxes of remote control, receivers of events, what is held
 * back until its time, answers for one caller.
 */
export function isInternal(queue: string): boolean {
  return /\.pidbox$|^celery_delayed_\d+$|^amq\.|^crisper\.|(^|\.)[0-9a-f]{8}-[0-9a-f-]{27}$/.test(queue)
}
