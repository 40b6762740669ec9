import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import CliTable from 'cli-table3'
import { inWords, type Machine } from './machine.js'

/** An answer to a question. */
export interface Report {
  readonly tables: readonly Table[]
  /** What the tables don't say: where a peer wins, what was left out. */
  readonly remarks: readonly string[]
}

export interface Table {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Every run, for the file. */
  readonly data: unknown
}

const results = fileURLToPath(new URL('../results/', import.meta.url))

/** Prints it and writes it beside, as JSON and as the Markdown of docs/performance.md. */
export function publish(question: string, machine: Machine, report: Report): void {
  const text = [
    inWords(machine),
    ...report.tables.map((table) => `**${table.title}**\n\n${markdown(table)}`),
    ...report.remarks,
  ].join('\n\n')
  console.log(`\n${text}\n`)
  mkdirSync(results, { recursive: true })
  const file = join(results, `${question}-${machine.at.replaceAll(/[:.]/g, '-')}`)
  writeFileSync(`${file}.md`, `${text}\n`)
  writeFileSync(`${file}.json`, `${JSON.stringify({ question, machine, ...report }, undefined, 2)}\n`)
}

/** What goes on, apart from the tables. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

function markdown({ head, rows }: Table): string {
  const none = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '' }
  const table = new CliTable({
    head: [...head],
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [] },
    chars: {
      ...none,
      ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
      ...{ left: '|', right: '|', middle: '|', mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    },
  })
  table.push(...rows.map((row) => [...row]))
  const [first = '', ...others] = table.toString().split('\n')
  // Markdown wants a line below the head, with a colon where a column is aligned to the right.
  const line = first
    .split('|')
    .slice(1, -1)
    .map((cell, column) => '-'.repeat(cell.length - (column === 0 ? 0 : 1)) + (column === 0 ? '' : ':'))
  return [first, `|${line.join('|')}|`, ...others].join('\n')
}
