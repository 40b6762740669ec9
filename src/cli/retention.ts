import { once } from 'node:events'
import { userInfo } from 'node:os'
import type { Command } from 'commander'
import ora from 'ora'
import type { z } from 'zod'
import { Audit } from '../access/audit.js'
import { retentionOf } from '../compose/retention.js'
import { retentionAnswer, retentionDryRunAnswer } from '../http/retention-answer.js'
import { deletedTasks } from '../retention/run.js'
import { call } from './client.js'
import { exitCodes, messageOf } from './exit.js'
import { addClientOptions, type ClientOptions, printJson, printTable, withProgress } from './output.js'
import { addConnectionOptions, type ConfigOptions, configOf } from './serve.js'
import { withDatabase } from './with-database.js'

interface ShowOptions extends ClientOptions {
  readonly dryRun?: boolean
}

interface RunOptions extends ConfigOptions {
  readonly archive?: string
}

/** Seconds that a dry run counts for at most. */
const dryRunSeconds = 25

export function addRetention(program: Command): void {
  const retention = program.command('retention').description('How long tasks are kept')
  addClientOptions(retention.command('show', { isDefault: true }))
    .description('The rules, and the latest run')
    .option('--dry-run', 'count what each rule would delete now')
    .action(show)
  addConnectionOptions(retention.command('run'))
    .description('Delete now what is older than the rules keep it')
    .option('--data-dir <dir>', 'where the embedded database lives (CRISPER_DATA_DIR)')
    .option('--archive <dir>', 'a folder that is given what is deleted, instead of the configured one')
    .addHelpText(
      'after',
      '\nThe rules are those of crisper.yaml. Interrupted, the next run goes on.\n' +
        'The embedded database takes one Crisper at a time: stop crisper serve meanwhile.',
    )
    .action(run)
}

async function show({ url, json, dryRun }: ShowOptions): Promise<void> {
  const rules = await call(url, '/api/retention/', retentionAnswer)
  const due = dryRun
    ? await withProgress(
        'counting',
        call(url, `/api/retention/dry-run/?seconds=${dryRunSeconds}`, retentionDryRunAnswer),
      )
    : undefined
  if (json) {
    printJson(due === undefined ? rules : { ...rules, dry_run: due })
    return
  }
  printRules(rules)
  if (due !== undefined) printDue(due)
}

function printRules({
  keep,
  rules,
  stops,
  archive,
  attached,
  runs: [last],
  next_run_at: next,
}: z.output<typeof retentionAnswer>): void {
  const any = (names: readonly string[] | null) => names?.join(', ') ?? ''
  printTable(
    ['rule', 'state', 'type', 'tenant', 'company', 'keep'],
    [
      ...rules.map((rule) => [
        rule.number,
        rule.states === null ? 'finished' : any(rule.states),
        any(rule.task_types),
        any(rule.tenants),
        any(rule.companies),
        rule.keep,
      ]),
      [0, 'finished', '', '', '', keep],
      ['stops', 'ended', '', '', '', stops],
    ],
  )
  if (attached) console.log("The application's rows stay; what Crisper keeps of them is deleted.")
  if (archive !== null) console.log(`What is deleted goes to ${archive} first.`)
  if (last !== undefined) {
    const how =
      last.problem ?? (last.ended_at === null ? 'it goes on' : last.through ? 'through' : 'it was ended')
    console.log(`Last run ${last.started_at}: ${last.deleted} tasks and ${last.stops} stops deleted; ${how}`)
  }
  console.log(next === null ? 'Nothing is ever deleted.' : `Next run ${next}`)
}

function printDue({ groups, total, more, looked }: z.output<typeof retentionDryRunAnswer>): void {
  printTable(
    ['rule', 'state', 'type', 'tasks', 'oldest'],
    groups.map(({ rule, state, task_type, count, oldest }) => [
      rule ?? 'row gone',
      state,
      task_type,
      count,
      oldest,
    ]),
  )
  const least = more ? `more than ${total} (${looked} were looked at in ${dryRunSeconds} s)` : `${total}`
  console.log(`${least} tasks would be deleted now`)
}

async function run({ archive, ...options }: RunOptions): Promise<void> {
  const configured = configOf(options)
  const config =
    archive === undefined ? configured : { ...configured, retention: { ...configured.retention, archive } }
  await withDatabase(config, async (database) => {
    const log = { info: () => {}, warn: () => {}, error: () => {} }
    const retention = retentionOf({ config, database, log })
    const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
    void interrupted.then(() => retention.stop())
    const spinner = ora({ text: 'deleting', stream: process.stderr })
    if (process.stderr.isTTY) spinner.start()
    const by = `cli:${userInfo().username}`
    const audit = (detail: object, status: number) =>
      new Audit(database.db).add({
        at: new Date(),
        who: by,
        address: 'this machine',
        action: 'retention.run',
        target: null,
        detail: { ...detail },
        status,
      })
    try {
      const { progress, through } = await retention.run({
        by,
        onProgress: (now) => {
          spinner.text = `${now.looked} tasks looked at, ${deletedTasks(now)} deleted`
        },
      })
      const { skipped, stops, archivedTasks } = progress
      await audit({ deleted: deletedTasks(progress), stops, archived: archivedTasks, through }, 200)
      spinner.stop()
      console.log(`${deletedTasks(progress)} tasks and ${stops} stops deleted, ${archivedTasks} archived`)
      if (skipped > 0) console.log(`${skipped} left for the next run: they were in use`)
      if (!through) {
        console.error('crisper: it was ended before it was through; the next run goes on')
        process.exitCode = exitCodes.failed
      }
    } catch (error) {
      await audit({ problem: messageOf(error) }, 500)
      throw error
    } finally {
      spinner.stop()
    }
  })
}
