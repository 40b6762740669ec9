import type { Command } from 'commander'
import { addClientOptions, type ClientOptions } from './output.js'
import { stopIds } from './stop-ids.js'
import { type BulkOptions, stopMany } from './stop-many.js'
import { addOrderOptions, type OrderOptions, toOrderBody } from './stop-order.js'
import { toTaskFilter } from './task-filter.js'
import { toCount, WrongUsage } from './usage.js'

interface StopOptions extends ClientOptions, OrderOptions, Omit<BulkOptions, 'wait'> {
  readonly filter?: string[]
  /** What follows --wait; true where nothing does. */
  readonly wait?: string | true
}

const defaultWait = 60
const longestWait = 604_800
/** Up to so many ids are stopped one by one, each with an answer of its own. */
const mostSingly = 50

export function addStop(program: Command): void {
  const command = addClientOptions(program.command('stop'))
    .description('Stop tasks: never started, or with --hard terminated now')
    .argument('[ids...]', 'task ids')
  addOrderOptions(command)
    .option(
      '--wait [seconds]',
      `wait until the outcome is known, ${defaultWait} s at most if not said otherwise`,
    )
    .option(
      '--filter <name=value...>',
      'instead of ids: all unfinished tasks that match; type, state, company, tenant, worker, queue, name, search, ' +
        "hours, root, and the API's own names",
    )
    .option('--dry-run', 'only count what would be stopped')
    .option('--expected <n>', 'with --filter: stop only if so many match', toCount)
    .option('--within <m>', 'how far off the expected number may be', toCount)
    .option('--yes', 'with --filter: do not ask')
    .action(stop)
}

async function stop(given: string[], options: StopOptions): Promise<void> {
  const { ids, wait } = readWait(given, options.wait)
  const order = toOrderBody(options)
  const { url, json, dryRun, expected, within, yes } = options
  const how = { url, ...(json && { json }), ...(wait !== undefined && { wait }) }
  const bulk = {
    ...how,
    ...(dryRun && { dryRun }),
    ...(expected !== undefined && { expected }),
    ...(within !== undefined && { within }),
    ...(yes && { yes }),
  }

  if (options.filter !== undefined) {
    if (ids.length > 0) throw new WrongUsage('Give either task ids or --filter, not both.')
    await stopMany({ filter: toTaskFilter(options.filter) }, order, bulk)
    return
  }
  if (ids.length === 0) throw new WrongUsage('Give the ids of tasks, or --filter.')
  if (expected !== undefined || within !== undefined) {
    throw new WrongUsage('--expected and --within go with --filter.')
  }
  if (dryRun || ids.length > mostSingly) await stopMany({ task_ids: ids }, order, bulk)
  else await stopIds(ids, order, how)
}

/**
 * `--wait ID` can't be told from `--wait SECONDS` by commander: what is no number is an id. But "10s" is neither; a stop
 * of a task with that name would be armed.
 */
function readWait(
  given: readonly string[],
  wait: string | true | undefined,
): { ids: string[]; wait: number | undefined } {
  const isId = typeof wait === 'string' && !/^-?\d+(\.\d+)?([a-z]{0,3}|,\d*)$/i.test(wait)
  const ids = [...new Set(isId ? [wait, ...given] : given)]
  if (wait === undefined) return { ids, wait }
  if (wait === true || isId) return { ids, wait: defaultWait }
  const seconds = Number(wait)
  if (seconds >= 0 && seconds <= longestWait) return { ids, wait: seconds }
  throw new WrongUsage(`--wait takes seconds up to ${longestWait}, not ${wait}.`)
}
