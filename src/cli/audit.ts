import type { Command } from 'commander'
import { z } from 'zod'
import { Audit } from '../access/audit.js'
import { auditAnswer } from '../http/access-answers.js'
import { call, queryOf } from './client.js'
import { exitCodes } from './exit.js'
import { addClientOptions, type ClientOptions, printJson, printTable } from './output.js'
import { addConnectionOptions, type ConfigOptions, configOf } from './serve.js'
import { toCount, WrongUsage } from './usage.js'
import { withDatabase } from './with-database.js'

interface ListOptions extends ClientOptions {
  readonly who?: string
  readonly action?: string
  readonly target?: string
  readonly after?: string
  readonly before?: string
  readonly limit?: number
}

interface VerifyOptions extends ConfigOptions {
  readonly expect?: string
}

export function addAudit(program: Command): void {
  const audit = program.command('audit').description('Who did what')
  addClientOptions(audit.command('list', { isDefault: true }))
    .description('Calls that changed something or were refused, and sign-ins, newest first')
    .option('--who <name>', 'such as token:deploy')
    .option('--action <action>', 'such as task.stop; with a dot at its end all that start so')
    .option('--target <id>', 'the id or name of what it was done to')
    .option('--after <time>', 'ISO 8601')
    .option('--before <time>', 'ISO 8601')
    .option('--limit <n>', 'at most so many', toCount)
    .action(list)
  addConnectionOptions(audit.command('verify'))
    .description('Follow the chain of hashes through the whole audit, in the database itself')
    .option('--data-dir <dir>', 'where the embedded database lives (CRISPER_DATA_DIR)')
    .option('--expect <seq:hash>', 'what verify printed before: that entry must be there still, unchanged')
    .addHelpText(
      'after',
      '\nThe embedded database takes one Crisper at a time: stop crisper serve meanwhile.',
    )
    .action(verify)
}

async function list({ url, json, limit, ...filter }: ListOptions): Promise<void> {
  const query = queryOf({ ...filter, limit: limit?.toString() })
  const { entries } = await call(url, `/api/audit/?${query}`, auditAnswer)
  if (json) {
    printJson(entries)
    return
  }
  printTable(
    ['at', 'who', 'from', 'action', 'target', 'status', 'detail'],
    entries.map(({ at, who, address, action, target, status, detail }) => [
      at,
      who,
      address,
      action,
      target,
      status,
      Object.keys(detail).length === 0 ? '' : JSON.stringify(detail),
    ]),
  )
}

const expectation = z.string().regex(/^\d+:[0-9a-f]{64}$/)

async function verify({ expect, ...options }: VerifyOptions): Promise<void> {
  const expected = expectation.optional().safeParse(expect)
  if (!expected.success) throw new WrongUsage('--expect takes SEQ:HASH, as verify printed it.')
  await withDatabase(configOf(options), async ({ db }) => {
    const { entries, last, broken } = await new Audit(db).verify(expected.data)
    if (broken !== null) {
      console.error(`crisper: the audit is broken at entry ${broken.seq}: ${broken.why}.`)
      process.exitCode = exitCodes.failed
      return
    }
    console.log(`${entries} entries, each follows from the one before.`)
    if (last !== null) console.log(`The last is ${last.seq}:${last.hash}`)
  })
}
