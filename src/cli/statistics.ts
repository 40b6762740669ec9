import type { Command } from 'commander'
import { statisticsAnswer } from '../http/answers.js'
import { call } from './client.js'
import { addClientOptions, type ClientOptions, printJson, printTable, withProgress } from './output.js'

interface StatisticsOptions extends ClientOptions {
  readonly hours: string
  readonly type?: string
  readonly company?: string
}

export function addStatistics(program: Command): void {
  addClientOptions(program.command('statistics'))
    .description('Count tasks by state and type')
    .option('--hours <n>', 'created within so many hours', '24')
    .option('--type <types>', 'task types, separated by commas')
    .option('--company <id>')
    .action(statistics)
}

async function statistics(options: StatisticsOptions): Promise<void> {
  const query = new URLSearchParams({
    hours_ago: options.hours,
    ...(options.type && { task_type: options.type }),
    ...(options.company && { company_id: options.company }),
  })
  const counts = await withProgress(
    'counting',
    call(options.url, `/api/tasks/statistics/?${query}`, statisticsAnswer),
  )
  if (options.json) {
    printJson(counts)
    return
  }
  printTable(['state', 'tasks'], [...Object.entries(counts.by_state), ['total', counts.total]])
  printTable(['type', 'tasks'], Object.entries(counts.by_task_type))
  if (counts.counted_at !== null) process.stdout.write(`\nCounted at ${counts.counted_at}.\n`)
}
