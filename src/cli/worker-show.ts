import type { Command } from 'commander'
import type { z } from 'zod'
import { workerAnswer } from '../http/worker-answers.js'
import { call } from './client.js'
import {
  addClientOptions,
  type ClientOptions,
  printJson,
  printTable,
  tableOf,
  withProgress,
} from './output.js'
import { printable } from './printable.js'

type Worker = z.output<typeof workerAnswer>

interface ShowOptions extends ClientOptions {
  readonly settings?: boolean
}

export function addWorkerShow(workers: Command): void {
  addClientOptions(workers.command('show'))
    .description('One worker: whether it is there, what it runs and how it is set up')
    .argument('<name>', 'node name')
    .option('--settings', 'its configuration too, with secrets masked')
    .action(show)
}

async function show(name: string, { url, json, settings }: ShowOptions): Promise<void> {
  const path = `/api/workers/${encodeURIComponent(name)}/`
  const worker = await withProgress('asking', call(url, path, workerAnswer))
  if (json) {
    printJson(worker)
    return
  }
  console.log(printable(`${worker.name}: ${worker.status}. ${worker.reason}`))
  if (worker.name_is_shared) console.log('Two processes send heartbeats under this name.')
  if (!worker.answered)
    console.log(printable(worker.problem ?? 'It has not told the rest: it did not answer.'))
  printTable(
    ['what', 'known'],
    facts(worker).filter(([, value]) => value !== null && value !== ''),
  )
  console.log(tasks(worker))
  if (settings) printTable(['setting', 'value'], Object.entries(worker.settings ?? {}).map(toText))
}

function facts(worker: Worker): [string, unknown][] {
  const { consuming, autoscale } = worker
  return [
    ['last heartbeat', worker.last_heartbeat_at],
    ['last answer', worker.last_answer_at],
    ['consumes', consuming.consumes === false ? 'nothing' : consuming.queues.join(' ')],
    ['said so', consuming.said_at],
    ['last took a task', consuming.last_task_at],
    ['pool', worker.pool],
    ['concurrency', worker.concurrency],
    ['processes', worker.child_pids?.join(' ') ?? null],
    ['autoscale', autoscale && `${autoscale.min} to ${autoscale.max}`],
    ['prefetch', worker.prefetch],
    ['active', worker.active],
    ['processed', worker.processed],
    ['load', worker.loadavg?.join(' ') ?? null],
    ['celery', worker.version],
    ['system', worker.system],
    ['pid', worker.pid],
    ['clock is off by', worker.clock_skew === null ? null : `${worker.clock_skew} s`],
    ['started', worker.started_at],
    ['restarts', worker.restarts],
    ['first seen', worker.first_seen_at],
    ['registered tasks', worker.registered?.length ?? null],
  ]
}

function tasks({ active_tasks, reserved_tasks, scheduled_tasks }: Worker): string {
  const held = [
    ['runs', active_tasks],
    ['waits', reserved_tasks],
    ['scheduled', scheduled_tasks],
  ] as const
  const rows = held.flatMap(([what, told]) =>
    (told?.tasks ?? []).map(({ id, name, queue, started_at, eta }) => [
      what,
      id,
      name,
      queue,
      started_at ?? eta,
    ]),
  )
  return rows.length === 0
    ? 'No task runs or waits there, as far as it has said.'
    : tableOf(['', 'task', 'name', 'queue', 'since or due'], rows)
}

function toText([name, value]: [string, unknown]): [string, string] {
  return [name, typeof value === 'string' ? value : JSON.stringify(value)]
}
