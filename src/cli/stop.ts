import type { Command } from 'commander'
import { stoppedAnswer } from '../http/stop-answers.js'
import { call } from './client.js'
import { exitCodes, failWith } from './exit.js'
import { addClientOptions, type ClientOptions, printJson, withProgress } from './output.js'

interface StopOptions extends ClientOptions {
  readonly hard?: boolean
  readonly reason?: string
}

export function addStop(program: Command): void {
  addClientOptions(program.command('stop'))
    .description('Stop tasks: never started, or with --hard terminated now')
    .argument('<ids...>', 'task ids')
    .option('--hard', 'terminate what runs')
    .option('--reason <text>', 'kept with the stop')
    .action(stop)
}

async function stop(ids: string[], options: StopOptions): Promise<void> {
  for (const id of ids) {
    try {
      await stopOne(id, options)
    } catch (error) {
      failWith(error)
    }
  }
}

async function stopOne(id: string, options: StopOptions): Promise<void> {
  const body = { hard: options.hard === true, ...(options.reason && { reason: options.reason }) }
  const path = `/api/tasks/${encodeURIComponent(id)}/stop/`
  const answer = await withProgress(`stopping ${id}`, call(options.url, path, stoppedAnswer, body))
  if (options.json) printJson(answer)
  else console.log(`${id}: ${answer.message}`)
  if (answer.stop.status === 'sent') process.exitCode ??= exitCodes.unconfirmed
}
