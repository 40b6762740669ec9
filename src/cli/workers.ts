import type { Command } from 'commander'
import type { z } from 'zod'
import { workersAnswer } from '../http/worker-answers.js'
import { call, queryOf } from './client.js'
import { addClientOptions, type ClientOptions, printJson, printTable, withProgress } from './output.js'
import { addWorkerControl } from './worker-control.js'
import { addWorkerShow } from './worker-show.js'

interface ListOptions extends ClientOptions {
  readonly status?: string
  readonly search?: string
  readonly gone?: string
  readonly limit?: string
}

export function addWorkers(program: Command): void {
  const workers = addClientOptions(program.command('workers').enablePositionalOptions())
    .description('List workers; look at one, give them commands')
    .option('--status <statuses>', 'online, silent, offline, stopped, separated by commas')
    .option('--search <text>', 'part of a name, queue or version')
    .option('--gone <which>', 'of those that are gone: recent (the last hour), all or none', 'recent')
    .option('--limit <n>', 'rows, 1000 if not said otherwise')
    .action(list)
  addWorkerShow(workers)
  addWorkerControl(workers)
}

async function list({ url, json, ...conditions }: ListOptions): Promise<void> {
  const query = queryOf({ ...conditions })
  const answer = await withProgress('listing', call(url, `/api/workers/?${query}`, workersAnswer))
  if (json) {
    printJson(answer)
    return
  }
  printTable(
    ['worker', 'status', 'pool', 'queues', 'active', 'processed', 'celery', 'last seen', 'why'],
    answer.workers.map(toRow),
  )
  const counts = Object.entries(answer.counts).map(([status, count]) => `${count} ${status}`)
  console.log(counts.join(', '))
  if (answer.folded > 0) console.log(`${answer.folded} are not shown: --gone all`)
}

function toRow(worker: z.output<typeof workersAnswer>['workers'][number]): unknown[] {
  const size = worker.processes ?? worker.concurrency
  return [
    worker.name_is_shared ? `${worker.name} (two of one name)` : worker.name,
    worker.status,
    worker.pool === null ? null : `${worker.pool} × ${size ?? '?'}`,
    worker.consuming.queues.join(' '),
    worker.active,
    worker.processed,
    worker.version,
    worker.last_seen_at,
    worker.reason_code === 'heartbeats' ? null : worker.reason,
  ]
}
