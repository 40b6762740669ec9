import Table from 'cli-table3'
import type { Command } from 'commander'
import ora from 'ora'
import { defaultUrl } from './client.js'
import { printable } from './printable.js'

/** The options that every command which talks to a running Crisper takes. */
export interface ClientOptions {
  readonly url: string
  readonly json?: boolean
}

export function addClientOptions(command: Command): Command {
  return command
    .option('--url <url>', 'the running Crisper', process.env.CRISPER_URL ?? defaultUrl)
    .option('--json', 'print JSON, for scripts')
}

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2))
}

export function printTable(head: readonly string[], rows: readonly (readonly unknown[])[]): void {
  console.log(tableOf(head, rows))
}

export function tableOf(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const table = new Table({ head: [...head], style: { head: [], border: [] } })
  for (const row of rows) table.push(row.map((cell) => printable(cell === null ? '' : String(cell))))
  return table.toString()
}

/** Shows progress on a terminal once something takes longer than a second; scripts see nothing of it. */
export async function withProgress<T>(text: string, work: Promise<T>): Promise<T> {
  const spinner = ora({ text, stream: process.stderr })
  const timer = setTimeout(() => process.stderr.isTTY && spinner.start(), 1000)
  try {
    return await work
  } finally {
    clearTimeout(timer)
    spinner.stop()
  }
}
