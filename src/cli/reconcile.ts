import type { Command } from 'commander'
import { reconcileAnswer } from '../http/reconcile-answer.js'
import { call } from './client.js'
import { addClientOptions, type ClientOptions, printJson, printTable, withProgress } from './output.js'
import { printable } from './printable.js'

export function addReconcile(program: Command): void {
  addClientOptions(program.command('reconcile'))
    .description('Compare unfinished tasks with what Celery knows, now')
    .action(reconcile)
}

async function reconcile({ url, json }: ClientOptions): Promise<void> {
  const report = await withProgress('reconciling', call(url, '/api/reconcile/', reconcileAnswer, {}))
  if (json) {
    printJson(report)
    return
  }
  const healed = Object.entries(report.healed).map(([state, n]) => [`healed: ${state}`, n] as const)
  printTable(
    ['tasks', ''],
    [
      ['checked', report.checked],
      ...healed,
      ['added', report.added],
      ['lost', report.lost],
      ['suspected, lost if the next look says the same', report.suspected],
      ['lost and found again', report.found_again],
      ['lost and given up', report.given_up],
      ['unanswered', report.unanswered],
    ],
  )
  for (const worker of report.silent_workers) console.log(printable(`no answer from ${worker}`))
  for (const problem of report.problems) console.log(printable(problem))
  console.log(
    `took ${report.took.toFixed(1)} s${report.more ? '; there are more, the next run goes on' : ''}`,
  )
}
