import type { Command } from 'commander'
import ora from 'ora'
import { BadConfig } from '../config.js'
import { type RebuildProgress, rebuild } from '../tasks/rollup/rebuild.js'
import { exitCodes } from './exit.js'
import { addConnectionOptions, type ConfigOptions, configOf } from './serve.js'
import { withDatabase } from './with-database.js'

export function addRollup(program: Command): void {
  const rollup = program.command('rollup').description('The sums that statistics are read from')
  addConnectionOptions(rollup.command('rebuild'))
    .description('Count all jobs anew; everything goes on meanwhile, with the sums of before')
    .option('--data-dir <dir>', 'where the embedded database lives (CRISPER_DATA_DIR)')
    .addHelpText(
      'after',
      '\nThe embedded database takes one Crisper at a time: stop crisper serve meanwhile, or give --database.',
    )
    .action(run)
}

async function run(options: ConfigOptions): Promise<void> {
  const config = configOf(options)
  if (config.jobs_table !== null) {
    throw new BadConfig(
      "jobs_table: the hours of an application's table are counted again all the time, by the Crisper that serves",
    )
  }
  await withDatabase(config, async (database) => {
    const spinner = ora({ text: 'counting', stream: process.stderr }).start()
    try {
      let days = 0
      const onProgress = (progress: RebuildProgress) => {
        days = progress.days
        spinner.text = `counting ${progress.day.toISOString().slice(0, 10)}, day ${progress.done + 1} of ${days}`
      }
      const rebuilt = await rebuild(database, { onProgress })
      spinner.stop()
      if (rebuilt) {
        console.log(
          days === 0 ? 'There are no jobs.' : `Counted the jobs of ${days} ${days === 1 ? 'day' : 'days'}.`,
        )
        return
      }
      console.error('crisper: a running Crisper is at it just now; try again in a moment')
      process.exitCode = exitCodes.failed
    } finally {
      spinner.stop()
    }
  })
}
