import { once } from 'node:events'
import type { Command } from 'commander'
import ora from 'ora'
import { maskUrl } from '../celery/broker-url.js'
import { openConfiguredBackend } from '../compose/result-backend.js'
import { BadConfig, type Config } from '../config.js'
import { connect } from '../db/connect.js'
import { inspectJobsTable } from '../db/jobs-table/inspect.js'
import { importResults } from '../tasks/import/import-results.js'
import { type ImportProgress, importRows, previewImport } from '../tasks/import/import-rows.js'
import { taskTypes } from '../tasks/task-types.js'
import { printTable, withProgress } from './output.js'
import { addConnectionOptions, type ConfigOptions, configOf } from './serve.js'
import { WrongUsage } from './usage.js'
import { withDatabase } from './with-database.js'

interface ImportOptions extends ConfigOptions {
  readonly from?: string
  readonly fromResults?: boolean
  readonly table: string
  readonly dryRun?: boolean
}

export function addImport(program: Command): void {
  addConnectionOptions(program.command('import'))
    .description(
      "Copy history into Crisper's own: an application's table of jobs, or what a result backend holds",
    )
    .option('--from <url>', "the application's PostgreSQL")
    .option('--table <name>', 'its table of jobs', 'core_job')
    .option('--from-results', 'instead of a table: the configured result backend')
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
  if ((options.fromResults === true) === (options.from !== undefined)) {
    throw new WrongUsage('say from where: --from URL for a table of jobs, or --from-results')
  }
  if (options.from === undefined) await fromResults(config, options)
  else await fromTable(config, options, options.from)
}

async function fromTable(config: Config, { table: name, dryRun }: ImportOptions, url: string): Promise<void> {
  const from = connect({ url }, () => {})
  try {
    const table = await inspectJobsTable(from.pool, name, ['select'])
    const preview = await withProgress('counting', previewImport({ source: from.pool, table }))
    printTable(['state', 'rows'], [...Object.entries(preview.byState), ['total', preview.rows]])
    if (dryRun) return
    await withDatabase(config, async ({ pool: target }) => {
      const source = `${maskUrl(url)} ${table.schema}.${table.name}`
      const { seen, added } = await follow(preview.rows, (onProgress, signal) =>
        importRows({
          source: from.pool,
          table,
          target,
          name: source,
          redactor: config.redaction,
          onProgress,
          signal,
        }),
      )
      console.log(`${seen} rows, ${added} of them new`)
    })
  } finally {
    await from.close()
  }
}

async function fromResults(config: Config, { dryRun = false }: ImportOptions): Promise<void> {
  const backend = openConfiguredBackend(config)
  try {
    if (backend.why !== null) throw new BadConfig(`result_backend: ${backend.why}`)
    const types = taskTypes(config.task_types)
    await withDatabase(config, async (target) => {
      const { seen, added } = await follow(undefined, (onProgress, signal) =>
        importResults({ backend, target, types, dryRun, onProgress, signal }),
      )
      console.log(`${seen} results, ${added} of them ${dryRun ? 'not known' : 'new'}`)
    })
  } finally {
    await backend.close()
  }
}

/** Shows how far it is; Ctrl-C ends it after the slice that is under way. */
async function follow(
  total: number | undefined,
  work: (onProgress: (progress: ImportProgress) => void, signal: AbortSignal) => Promise<ImportProgress>,
): Promise<ImportProgress> {
  const abort = new AbortController()
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  void interrupted.then(() => abort.abort())
  const spinner = ora({ text: 'importing', stream: process.stderr })
  if (process.stderr.isTTY) spinner.start()
  try {
    return await work(({ seen, added }) => {
      const far =
        total === undefined ? '' : `${Math.min(100, Math.floor((100 * seen) / Math.max(1, total)))} %: `
      spinner.text = `${far}${seen} looked at, ${added} new`
    }, abort.signal)
  } finally {
    spinner.stop()
  }
}
