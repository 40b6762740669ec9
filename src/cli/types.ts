import type { Command } from 'commander'
import { typesAnswer } from '../http/answers.js'
import { call } from './client.js'
import { addClientOptions, type ClientOptions, printJson, printTable } from './output.js'

export function addTypes(program: Command): void {
  addClientOptions(program.command('types')).description('List task types').action(types)
}

async function types(options: ClientOptions): Promise<void> {
  const answer = await call(options.url, '/api/tasks/types/', typesAnswer)
  if (options.json) printJson(answer)
  else
    printTable(
      ['type', 'shown as'],
      answer.task_types.map(({ value, display }) => [value, display]),
    )
}
