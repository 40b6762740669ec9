import type { Command } from 'commander'
import { stopSignals } from '../stops/stop.js'
import { toNumber, WrongUsage } from './usage.js'

/** How to stop, as options. */
export interface OrderOptions {
  readonly hard?: boolean
  readonly reason?: string
  readonly signal?: string
  readonly escalateAfter?: number
  readonly cooperative?: boolean
}

export function addOrderOptions(command: Command): Command {
  return command
    .option('--hard', 'terminate what runs')
    .option('--reason <text>', 'kept with the stop')
    .option('--signal <name>', `with --hard: ${stopSignals.join(', ')}; USR1 lets a task clean up`)
    .option(
      '--escalate-after <seconds>',
      'with --hard: what runs has so long to end by itself, then it is killed',
      toNumber,
    )
    .option('--cooperative', "also ask Celery's abortable tasks to end by themselves")
}

/** The order as the API takes it. Throws WrongUsage: said once, not by the API for each of many tasks. */
export function toOrderBody(options: OrderOptions): object {
  const { hard = false, reason, escalateAfter, cooperative } = options
  const signal = options.signal?.toUpperCase().replace(/^SIG/, '')
  if (signal !== undefined && !stopSignals.some((known) => known === signal)) {
    throw new WrongUsage(`--signal takes one of ${stopSignals.join(', ')}.`)
  }
  if (!hard && (signal !== undefined || escalateAfter !== undefined)) {
    throw new WrongUsage('--signal and --escalate-after go with --hard: a soft stop sends no signal.')
  }
  if (signal !== undefined && escalateAfter !== undefined) {
    throw new WrongUsage('--escalate-after goes without --signal: a worker sends a task one signal only.')
  }
  return {
    hard,
    ...(reason && { reason }),
    ...(signal && { signal }),
    ...(escalateAfter !== undefined && { escalate_after: escalateAfter }),
    ...(cooperative && { cooperative }),
  }
}
