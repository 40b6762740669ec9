import type { Broker } from './broker.js'
import { type ActReply, type Ask, toActReply } from './control.js'

/** Celery's commands that change a worker (`celery.worker.control`), with the arguments that it takes. */
export type WorkerCommand =
  | { readonly name: 'ping' | 'shutdown' | 'pool_restart' | 'enable_events' | 'disable_events' }
  | { readonly name: 'pool_grow' | 'pool_shrink'; readonly n: number }
  | { readonly name: 'autoscale'; readonly max: number; readonly min: number }
  | {
      readonly name: 'add_consumer'
      readonly queue: string
      /** Where it is bound to; the queue's own name where absent. */
      readonly exchange?: string | undefined
      readonly exchangeType?: string | undefined
      readonly routingKey?: string | undefined
    }
  | { readonly name: 'cancel_consumer'; readonly queue: string }
  /** `10/m`; `0` is no limit. */
  | { readonly name: 'rate_limit'; readonly taskName: string; readonly rate: string }
  /** Seconds; null is no limit. */
  | {
      readonly name: 'time_limit'
      readonly taskName: string
      readonly soft: number | null
      readonly hard: number | null
    }

export type WorkerCommandName = WorkerCommand['name']

export const workerCommandNames = [
  'ping',
  'shutdown',
  'pool_grow',
  'pool_shrink',
  'pool_restart',
  'autoscale',
  'add_consumer',
  'cancel_consumer',
  'rate_limit',
  'time_limit',
  'enable_events',
  'disable_events',
] as const satisfies readonly WorkerCommandName[]

/** Sends a command and collects the replies. `shutdown` has none: its answer is the worker's goodbye. */
export async function command(broker: Broker, order: WorkerCommand, ask: Ask): Promise<ActReply[]> {
  const replies = await broker.broadcast(
    { method: order.name, arguments: argumentsOf(order), destination: ask.destination ?? null },
    ask,
  )
  return replies.map(toActReply)
}

/** Under Celery's own names. */
function argumentsOf(order: WorkerCommand): Readonly<Record<string, unknown>> {
  switch (order.name) {
    case 'pool_grow':
    case 'pool_shrink':
      return { n: order.n }
    case 'autoscale':
      return { max: order.max, min: order.min }
    case 'add_consumer': {
      const { queue, exchange = null, exchangeType = null, routingKey = null } = order
      return { queue, exchange, exchange_type: exchangeType, routing_key: routingKey }
    }
    case 'cancel_consumer':
      return { queue: order.queue }
    case 'rate_limit':
      // As text, 0 would be a limit to Celery.
      return { task_name: order.taskName, rate_limit: Number(order.rate) === 0 ? 0 : order.rate }
    case 'time_limit':
      return { task_name: order.taskName, soft: order.soft, hard: order.hard }
    default:
      return {}
  }
}
