import { once } from 'node:events'
import type { Command } from 'commander'
import ora from 'ora'
import { maskUrl } from '../celery/broker-url.js'
import { BadConfig } from '../config.js'
import { connect } from '../db/connect.js'
import { inspectJobsTable } from '../db/jobs-table/inspect.js'
import { openDatabase } from '../open-database.js'
import { type ImportProgress, importRows, previewImport } from '../tasks/import/import-rows.js'
import { printTable, withProgress } from './output.js'
import { addConnectionOptions, type ConfigOptions, configOf } from './serve.js'

interface ImportOptions extends ConfigOptions {
  readonly from: string
  readonly table: string
  readonly dryRun?: boolean
}

export function addImport(program: Command): void {
  addConnectionOptions(program.command('import'))
    .description("Copy the history of an application's table of jobs into Crisper's own")
    .requiredOption('--from <url>', "the application's PostgreSQL")
    .option('--table <name>', 'its table of jobs', 'core_job')
    .option('--data-dir <dir>', 'where the embedded database lives (CRISPER_DATA_DIR)')
    .option('--dry-run', 'only count')
    .addHelpText(
      'after',
      '\nTasks that Crisper knows are left as they are. Interrupted, it goes on where it was when it is started again.\n' +
        'The embedded database takes one Crisper at a time: stop crisper serve meanwhile, or give --database.',
    )
    .action(run)
}

async function run(options: ImportOptions): Promise<void> {
  const config = configOf(options)
  if (config.jobs_table !== null) {
    throw new BadConfig("jobs_table: with an application's table attached there is nothing to import into")
  }
  const from = connect({ url: options.from }, () => {})
  try {
    const table = await inspectJobsTable(from.pool, options.table, ['select'])
    const preview = await withProgress('counting', previewImport({ source: from.pool, table }))
    printTable(['state', 'rows'], [...Object.entries(preview.byState), ['total', preview.rows]])
    if (options.dryRun) return
    const undo: (() => unknown)[] = []
    const log = { info: () => {}, warn: () => {}, fatal: () => {} }
    try {
      const { pool } = await openDatabase(config, log, undo)
      const name = `${maskUrl(options.from)} ${table.schema}.${table.name}`
      const { seen, added } = await follow(preview.rows, (onProgress, signal) =>
        importRows({ source: from.pool, table, target: pool, name, onProgress, signal }),
      )
      console.log(`${seen} rows, ${added} of them new`)
    } finally {
      for (const step of undo.reverse()) await step()
    }
  } finally {
    await from.close()
  }
}

/** Shows how far it is; Ctrl-C ends it after the slice that is under way. */
async function follow(
  total: number,
  work: (onProgress: (progress: ImportProgress) => void, signal: AbortSignal) => Promise<ImportProgress>,
): Promise<ImportProgress> {
  const abort = new AbortController()
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  void interrupted.then(() => abort.abort())
  const spinner = ora({ text: 'importing', stream: process.stderr })
  if (process.stderr.isTTY) spinner.start()
  try {
    return await work(({ seen, added }) => {
      const percent = total === 0 ? 100 : Math.min(100, Math.floor((100 * seen) / total))
      spinner.text = `${percent} %: ${seen} of ${total} rows, ${added} new`
    }, abort.signal)
  } finally {
    spinner.stop()
  }
}
