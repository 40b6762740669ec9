import type { Command } from 'commander'
import type { z } from 'zod'
import { type WorkerCommandName, workerCommandNames } from '../celery/worker-commands.js'
import { controlAnswer, workersAnswer } from '../http/worker-answers.js'
import { call } from './client.js'
import { canAsk, confirm } from './confirm.js'
import { exitCodes, worst } from './exit.js'
import { addClientOptions, type ClientOptions, printJson, printTable, withProgress } from './output.js'
import { WrongUsage } from './usage.js'

interface ControlOptions extends ClientOptions {
  readonly worker?: string[]
  readonly all?: boolean
  readonly yes?: boolean
}

type Answer = z.output<typeof controlAnswer>

/** Of each argument its name in the API; in the order of Celery's own `celery control`. Those with ? may be left out. */
const parameters: Readonly<Record<WorkerCommandName, readonly string[]>> = {
  ping: [],
  shutdown: [],
  pool_grow: ['n?'],
  pool_shrink: ['n?'],
  pool_restart: [],
  autoscale: ['max', 'min'],
  add_consumer: ['queue', 'exchange?', 'exchange_type?', 'routing_key?'],
  cancel_consumer: ['queue'],
  rate_limit: ['task_name', 'rate_limit'],
  time_limit: ['task_name', 'soft?', 'hard?'],
  enable_events: [],
  disable_events: [],
}
const numbers = new Set(['n', 'max', 'min', 'soft', 'hard'])
/** They change nothing that anybody would miss. */
const harmless: ReadonlySet<WorkerCommandName> = new Set(['ping', 'enable_events'])

export function addWorkerControl(workers: Command): void {
  const usages = workerCommandNames.map((name) => `  ${[name, ...parameters[name].map(usage)].join(' ')}`)
  addClientOptions(workers.command('control'))
    .description("Give workers one of Celery's commands; the reply of each is told")
    .argument('<command>', workerCommandNames.join(', '))
    .argument('[args...]', 'as below')
    .option('--worker <name...>', 'node names')
    .option('--all', 'all that are online or silent')
    .option('--yes', 'do not ask')
    .addHelpText('after', `\nCommands:\n${usages.join('\n')}\n(time_limit: - for none)`)
    .action(control)
}

async function control(given: string, args: string[], options: ControlOptions): Promise<void> {
  const command = workerCommandNames.find((name) => name === given)
  if (command === undefined) throw new WrongUsage(`The command is one of ${workerCommandNames.join(', ')}.`)
  const { url, json, worker, all } = options
  if ((worker === undefined) === (all === undefined)) {
    throw new WrongUsage('Say which workers: --worker NAME..., or --all.')
  }
  const body = { command, ...readArguments(command, args) }
  const target =
    worker === undefined ? await agreeToAll(command, options) : await agree(command, worker, options)
  if (target === undefined) {
    console.error('crisper: nothing was sent.')
    process.exitCode = exitCodes.failed
    return
  }
  const answer = await withProgress(
    'asking',
    call(url, '/api/workers/control/', controlAnswer, { ...body, ...target }),
  )
  if (json) printJson(answer)
  else {
    printTable(
      ['worker', 'outcome', 'what it means', 'its own words'],
      answer.results.map(({ worker, outcome, message, raw }) => [
        worker,
        outcome.replace('_', ' '),
        message,
        raw,
      ]),
    )
  }
  process.exitCode = codeOf(answer)
}

function readArguments(command: WorkerCommandName, args: readonly string[]): Record<string, string | number> {
  const takes = parameters[command]
  const least = takes.filter((name) => !name.endsWith('?')).length
  if (args.length < least || args.length > takes.length) {
    throw new WrongUsage(`It is written ${[command, ...takes.map(usage)].join(' ')}.`)
  }
  return Object.fromEntries(
    takes.flatMap((parameter, index): [string, string | number][] => {
      const name = parameter.replace('?', '')
      const value = args[index]
      if (value === undefined || (value === '-' && command === 'time_limit')) return []
      if (!numbers.has(name)) return [[name, value]]
      if (!/^\d+(\.\d+)?$/.test(value)) throw new WrongUsage(`${name} takes a number, not ${value}.`)
      return [[name, Number(value)]]
    }),
  )
}

type Target = { readonly workers: readonly string[] } | { readonly all: true; readonly expected?: number }

async function agree(
  command: WorkerCommandName,
  workers: readonly string[],
  { yes }: ControlOptions,
): Promise<Target | undefined> {
  if (command !== 'shutdown' || yes) return { workers }
  if (!canAsk()) throw new WrongUsage('A shutdown wants --yes where nobody can be asked.')
  return (await confirm(`Shut down ${workers.join(', ')}?`)) ? { workers } : undefined
}

/** What is agreed to is the number of workers: should it change meanwhile, nothing is sent. */
async function agreeToAll(
  command: WorkerCommandName,
  { url, yes }: ControlOptions,
): Promise<Target | undefined> {
  if (yes || harmless.has(command)) return { all: true }
  if (!canAsk()) throw new WrongUsage('--all wants --yes where nobody can be asked.')
  const { counts } = await call(url, '/api/workers/?gone=none', workersAnswer)
  const expected = counts.online + counts.silent
  const agreed = await confirm(`${command} for all ${expected} workers?`)
  return agreed ? { all: true, expected } : undefined
}

function codeOf({ counts }: Answer): number {
  return worst([
    ...(counts.refused > 0 ? [exitCodes.refused] : []),
    ...(counts.no_answer > 0 ? [exitCodes.unconfirmed] : []),
  ])
}

function usage(parameter: string): string {
  const name = parameter.replace('?', '').toUpperCase()
  return parameter.endsWith('?') ? `[${name}]` : name
}
