#!/usr/bin/env node
import { Command } from 'commander'
import { addDoctor } from './doctor.js'
import { exitCodes, failWith } from './exit.js'
import { addServe } from './serve.js'
import { addStatistics } from './statistics.js'
import { addStop } from './stop.js'
import { addTasks } from './tasks.js'
import { addTypes } from './types.js'

const program = new Command('crisper')
  .description('The control plane for Celery tasks: find, understand and stop them.')
  .exitOverride()
  .showHelpAfterError('(crisper COMMAND --help explains)')
  .addHelpText(
    'after',
    `
Exit codes:
  ${exitCodes.ok}  done (stop: confirmed or armed)
  ${exitCodes.failed}  failed; the message says why
  ${exitCodes.usage}  wrong usage or configuration
  ${exitCodes.unreachable}  no Crisper, broker or database there
  ${exitCodes.refused}  refused: unknown task, already finished, pool can't terminate
  ${exitCodes.unconfirmed}  stop: sent, but not confirmed yet; doctor: found something to mend`,
  )

addServe(program)
addTasks(program)
addStop(program)
addStatistics(program)
addTypes(program)
addDoctor(program)

await program.parseAsync().catch(failWith)
