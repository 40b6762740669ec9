import type { z } from 'zod'
import { toJsonValue } from '../celery/json-value.js'
import type { Peeked } from '../fleet/peeked.js'
import type { Purge } from '../fleet/purge.js'
import type { Queue } from '../fleet/queues.js'
import type { Redactor } from '../redaction/redactor.js'
import { redactMessage } from '../tasks/redact-message.js'
import { iso } from './iso.js'
import type { messagesAnswer, purgeAnswer, queueAnswer } from './queues-answer.js'

export function toQueueAnswer(queue: Queue): z.output<typeof queueAnswer> {
  const total = Object.values(queue.unfinished).reduce((sum, n) => sum + n, 0)
  return {
    name: queue.name,
    waiting: queue.waiting,
    unacknowledged: queue.unacknowledged,
    consumers: queue.consumers,
    workers: [...queue.workers],
    unfinished: { total, by_state: { ...queue.unfinished } },
    delayed: queue.delayed,
    oldest_at: iso(queue.oldestAt),
    rates: queue.rates,
    empty_in: queue.emptyIn,
    trend: [...queue.trend],
    error: queue.error,
  }
}

export function toMessageAnswer(
  { item, message: read, problem }: Peeked,
  redactor: Redactor,
): z.output<typeof messagesAnswer>['messages'][number] {
  const message = read && redactMessage(read, redactor)
  const task = message?.task
  return {
    task_id: message?.id ?? null,
    task_name: task?.name ?? null,
    args: task?.args ?? null,
    kwargs: task?.kwargs ?? null,
    eta: task?.eta ?? null,
    expires: task?.expires ?? null,
    retries: task?.retries ?? null,
    priority: message?.priority ?? null,
    origin: message?.origin ?? null,
    root_id: task?.rootId ?? null,
    parent_id: task?.parentId ?? null,
    group_id: message?.groupId ?? null,
    redelivered: item.ok && item.message.redelivered,
    content_type: item.ok ? item.message.contentType : null,
    size: (item.ok ? item.message.body : item.payload).length,
    headers: Object.fromEntries(
      Object.entries(message?.headers ?? {}).map(([name, value]) => [name, toJsonValue(value)]),
    ),
    problem,
  }
}

export function toPurgeAnswer(purge: Purge): z.output<typeof purgeAnswer> {
  return {
    id: purge.id,
    queue: purge.queue,
    by: purge.by,
    reason: purge.reason,
    requested_at: iso(purge.requestedAt),
    ended_at: iso(purge.endedAt),
    waiting: purge.waiting,
    deleted: purge.deleted,
    taken: purge.taken,
    incomplete: purge.incomplete,
    problem: purge.problem,
  }
}
