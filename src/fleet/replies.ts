import type { PoolKind } from '../celery/control.js'
import type { WorkerCommand } from '../celery/worker-commands.js'
import type { Refusal } from './abilities.js'

/** What a worker's reply means, or that there was none. */
export type ReplyCode =
  | Refusal
  | 'done'
  | 'limits_not_yet'
  | 'limits_not_enforced'
  | 'events_already_on'
  | 'events_already_off'
  | 'said_goodbye'
  | 'is_finishing'
  | 'is_shutting_down'
  | 'unknown_task'
  | 'bad_rate'
  | 'processes_busy'
  | 'unknown_command'
  | 'other_error'
  | 'no_answer'

/** Celery's own words, in Celery 5.2 to 5.6 (`celery.worker.control`, `billiard.pool`). */
const errors: readonly (readonly [RegExp, ReplyCode])[] = [
  [/has no attribute '(grow|shrink)'/, 'pool_is_fixed'],
  [/not supported with autoscale/, 'autoscales'],
  [/Can't shrink pool/, 'processes_busy'],
  [/Pool restarts not enabled/, 'pool_restart_is_off'],
  [/Autoscale not enabled/, 'autoscale_is_off'],
  [/^unknown task$/, 'unknown_task'],
  [/Invalid rate limit/, 'bad_rate'],
]

/** `pool`: of the worker that replied, where it is known. */
export function codeOfReply(
  order: WorkerCommand,
  reply: { readonly ok: boolean; readonly text: string },
  pool: PoolKind | null,
): ReplyCode {
  const { ok, text } = reply
  if (ok) {
    if (order.name === 'enable_events' && text.includes('already')) return 'events_already_on'
    if (order.name === 'disable_events' && text.includes('already')) return 'events_already_off'
    if (order.name === 'time_limit') {
      return pool === null || enforcesLimits.has(pool) ? 'limits_not_yet' : 'limits_not_enforced'
    }
    return 'done'
  }
  if (text === `KeyError('${order.name}')`) return 'unknown_command'
  const known = errors.find(([words]) => words.test(text))?.[1]
  if (known !== undefined) return known
  return order.name === 'rate_limit' && text.startsWith('KeyError(') ? 'bad_rate' : 'other_error'
}

/** Time limits need a process to signal, or greenlets to time out. */
const enforcesLimits: ReadonlySet<PoolKind> = new Set(['prefork', 'gevent', 'unknown'])

/** What the command has brought about, in one sentence each. */
function doneSentence(order: WorkerCommand): string {
  switch (order.name) {
    case 'ping':
      return 'It answers.'
    case 'pool_grow':
      return `Its pool grows by ${order.n}.`
    case 'pool_shrink':
      return `Its pool shrinks by ${order.n}.`
    case 'pool_restart':
      // https://github.com/celery/celery/issues/2075
      return 'Its pool restarts. One process is replaced now, each other when it has run its next task.'
    case 'autoscale':
      return `Its pool now has ${order.min} to ${order.max} processes, as the load asks for.`
    case 'add_consumer':
      return `It takes tasks from ${order.queue} until it restarts.`
    case 'cancel_consumer':
      return `It takes no more tasks from ${order.queue} until it restarts.`
    case 'rate_limit':
      return Number(order.rate) === 0
        ? `${order.taskName} has no rate limit there any more.`
        : `${order.taskName} runs there ${order.rate} at most, until it restarts.`
    case 'shutdown':
    case 'time_limit':
      return 'It has taken note.'
    case 'enable_events':
      return 'It sends task events.'
    case 'disable_events':
      return 'It sends no more task events; Crisper turns them on again when it next meets the worker, unless started with --no-enable-events.'
  }
}

const sentences: Readonly<Record<Exclude<ReplyCode, 'done' | 'other_error'>, string>> = {
  pool_is_fixed: 'Its pool can neither grow nor shrink: it runs on threads or solo.',
  autoscales: 'It was started with --autoscale: change that range instead.',
  too_few_processes: 'Its pool has not so many processes: one at least must remain.',
  autoscale_is_off: 'It was started without --autoscale.',
  pool_restart_is_off: 'It was started without worker_pool_restarts = True.',
  pool_cannot_restart: 'Only a prefork pool can be restarted.',
  processes_busy:
    'Not so many of its processes were idle. Those that were have been ended; ask again when others are.',
  // A worker reads them when it makes its strategies (`celery.worker.request.create_request_cls`), which only that renews.
  limits_not_yet:
    'It has noted the limits. Celery applies them only after a pool restart (pool_restart, where enabled) or when the worker connects anew.',
  limits_not_enforced: 'It has noted the limits, but its pool enforces none.',
  events_already_on: 'It says that it sent task events already.',
  events_already_off:
    'It says that task events were off already. A worker started with -E says so, too, and goes on sending them.',
  said_goodbye: 'It has shut down: it said goodbye.',
  is_finishing: 'It said goodbye and takes no more tasks; it ends when those that run there have ended.',
  is_shutting_down:
    'It was there and has been told. It ends when the tasks that run there have ended; workers do not answer to this command.',
  unknown_task: 'It knows no task of that name.',
  bad_rate: 'It can not read that rate limit.',
  unknown_command: 'It does not know this command.',
  no_answer:
    'It did not answer. It may be gone, busy (on the solo pool), or run without remote control; should it live, it may still follow.',
}

export function explainReply(code: ReplyCode, order: WorkerCommand, raw: string | null): string {
  if (code === 'done') return doneSentence(order)
  if (code === 'other_error') return `It answered with an error: ${raw}`
  return sentences[code]
}

/** Why it can't be done, for whoever has not asked yet. */
export function explainRefusal(refusal: Refusal): string {
  return sentences[refusal]
}
