import type { Command } from 'commander'
import type { z } from 'zod'
import { batchAnswer, stopAnswer, stopListAnswer } from '../http/stop-answers.js'
import { call, queryOf } from './client.js'
import { addClientOptions, type ClientOptions, printJson, printTable, withProgress } from './output.js'
import { cut, printable } from './printable.js'
import { describeStop } from './stop-in-words.js'
import { WrongUsage } from './usage.js'

interface ListOptions extends ClientOptions {
  readonly status?: string
  readonly task?: string
  readonly by?: string
  readonly mode?: string
  readonly batch?: string
  readonly limit: string
  readonly cursor?: string
}

interface CancelOptions extends ClientOptions {
  readonly batch?: string
}

export function addStops(program: Command): void {
  const stops = addClientOptions(program.command('stops').enablePositionalOptions())
    .description('List stops, newest first; look at one, take one back')
    .option('--status <states>', 'states of a stop, separated by commas')
    .option('--task <id>', 'of one task')
    .option('--by <who>', 'requested by')
    .option('--mode <mode>', 'soft or hard')
    .option('--batch <id>', 'of one batch')
    .option('--limit <n>', 'rows', '20')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(list)
  addClientOptions(stops.command('show'))
    .description('One stop: where it stands, replies, sendings, evidence')
    .argument('<id>', 'id of the stop')
    .action(show)
  addClientOptions(stops.command('cancel'))
    .description('Take back a stop, or with --batch a batch, that has not taken effect')
    .argument('[id]', 'id of the stop')
    .option('--batch <id>', 'what this batch has not brought about yet')
    .action(cancel)
}

async function list(options: ListOptions): Promise<void> {
  const query = queryOf({
    status: options.status,
    task_id: options.task,
    requested_by: options.by,
    mode: options.mode,
    batch_id: options.batch,
    limit: options.limit,
    cursor: options.cursor,
  })
  const page = await withProgress('listing', call(options.url, `/api/stops/?${query}`, stopListAnswer))
  if (options.json) {
    printJson(page)
    return
  }
  const head = ['id', 'task', 'mode', 'status', 'by', 'requested', 'explanation']
  printTable(head, fitted(head, page.stops.map(toRow), process.stdout.columns))
  console.log(`${page.stops.length} of ${page.total}`)
  if (page.next_cursor !== null) console.log(`next page: --cursor ${page.next_cursor}`)
}

async function show(id: string, options: ClientOptions): Promise<void> {
  const stop = await call(options.url, `/api/stops/${encodeURIComponent(id)}/`, stopAnswer)
  if (options.json) printJson(stop)
  else console.log(describeStop(stop))
}

async function cancel(id: string | undefined, { url, json, batch }: CancelOptions): Promise<void> {
  if (batch !== undefined) {
    if (id !== undefined) throw new WrongUsage('Give either the id of a stop or --batch, not both.')
    const path = `/api/stop-batches/${encodeURIComponent(batch)}/cancel/`
    const cancelled = await withProgress('taking it back', call(url, path, batchAnswer, {}))
    if (json) printJson(cancelled)
    else printTable([`batch ${batch}`, cancelled.status], Object.entries(cancelled.counts))
    return
  }
  if (id === undefined) throw new WrongUsage('Give the id of a stop, or --batch.')
  const cancelled = await call(url, `/api/stops/${encodeURIComponent(id)}/cancel/`, stopAnswer, {})
  if (json) printJson(cancelled)
  else console.log(printable(`${cancelled.task_id}: ${cancelled.status}: ${cancelled.explanation}`))
}

function toRow(stop: z.output<typeof stopAnswer>): string[] {
  const { id, task_id, mode, status, requested_by, requested_at, explanation } = stop
  return [id, task_id, mode, status, requested_by, requested_at ?? '', explanation]
}

const shortestExplanation = 20

/** Cuts the last column to what the others leave of the terminal's width. A pipe has none: it is given everything. */
function fitted(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): (readonly string[])[] {
  if (!width) return [...rows]
  // A column takes a line and a blank on each side; one more line closes the table.
  const others = head
    .slice(0, -1)
    .map((name, column) => 3 + Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const left = width - others.reduce((sum, taken) => sum + taken, 0) - 4
  return rows.map((row) => [...row.slice(0, -1), cut(row.at(-1) ?? '', Math.max(left, shortestExplanation))])
}
