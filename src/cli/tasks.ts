import type { Command } from 'commander'
import { listAnswer } from '../http/answers.js'
import { call, queryOf } from './client.js'
import { addClientOptions, type ClientOptions, printJson, printTable, withProgress } from './output.js'
import { apiName } from './task-filter.js'

interface TasksOptions extends ClientOptions {
  readonly type?: string
  readonly state?: string
  readonly company?: string
  readonly tenant?: string
  readonly worker?: string
  readonly queue?: string
  readonly name?: string
  readonly search?: string
  readonly hours?: string
  readonly limit: string
  readonly cursor?: string
}

export function addTasks(program: Command): void {
  addClientOptions(program.command('tasks'))
    .description('List tasks, newest first')
    .option('--type <types>', 'task types, separated by commas')
    .option('--state <states>', 'states, separated by commas')
    .option('--company <id>')
    .option('--tenant <id>')
    .option('--worker <name>', 'node name')
    .option('--queue <name>')
    .option('--name <task>', 'exact task name')
    .option('--search <text>', 'start of an id, or part of a name')
    .option('--hours <n>', 'created within so many hours')
    .option('--limit <n>', 'rows', '20')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(tasks)
}

async function tasks(options: TasksOptions): Promise<void> {
  const { url, json, ...conditions } = options
  const query = queryOf(
    Object.fromEntries(Object.entries(conditions).map(([name, value]) => [apiName(name), value])),
  )
  const page = await withProgress('listing', call(url, `/api/tasks/?${query}`, listAnswer))
  if (json) {
    printJson(page)
    return
  }
  printTable(
    ['id', 'task', 'state', '%', 'company', 'worker', 'created'],
    page.tasks.map((task) => [
      task.task_id,
      task.task_name,
      task.live_state ? `${task.state} (live: ${task.live_state})` : task.state,
      task.percent,
      companyOf(task.meta) ?? task.tenant_id,
      task.worker,
      task.created_at,
    ]),
  )
  console.log(`${page.tasks.length} of ${page.total}`)
  if (page.next_cursor !== null) console.log(`next page: --cursor ${page.next_cursor}`)
}

function companyOf(meta: unknown): unknown {
  return typeof meta === 'object' && meta !== null && 'company_id' in meta ? meta.company_id : null
}
