#!/usr/bin/env node
import { Command } from 'commander'
import { addAudit } from './audit.js'
import { addDoctor } from './doctor.js'
import { exitCodes, failWith, severity } from './exit.js'
import { addHooks } from './hooks.js'
import { addImport } from './import.js'
import { addReconcile } from './reconcile.js'
import { addRetention } from './retention.js'
import { addRollup } from './rollup.js'
import { addSchedules } from './schedules.js'
import { addServe } from './serve.js'
import { addStatistics } from './statistics.js'
import { addStop } from './stop.js'
import { addStops } from './stops.js'
import { addTasks } from './tasks.js'
import { addToken } from './token.js'
import { addTypes } from './types.js'
import { addUser } from './user.js'
import { addWorkers } from './workers.js'

const program = new Command('crisper')
  .description('The control plane for Celery tasks: find, understand and stop them.')
  .exitOverride()
  // Else `stops show ID --json` would give the option to the list, `stops`.
  .enablePositionalOptions()
  .showHelpAfterError('(crisper COMMAND --help explains)')
  .addHelpText(
    'after',
    `
Exit codes:
  ${exitCodes.ok}  done; stop: every stop is confirmed, or armed and --wait was not given
  ${exitCodes.failed}  failed, the message says why; or you were asked and did not say yes
  ${exitCodes.usage}  wrong usage or configuration
  ${exitCodes.unreachable}  no Crisper, broker or database there
  ${exitCodes.refused}  refused: already finished, pool can't terminate, no such stop, another number than expected;
     stop: the task ended by itself, or the stop failed or was cancelled;
     workers control: a worker can't do it
  ${exitCodes.unconfirmed}  stop: not confirmed yet, or still open when the time of --wait is over, or expired;
     doctor: found something to mend; workers control: a worker did not answer
Of several, the first of ${severity.join(', ')} wins.`,
  )

addServe(program)
addTasks(program)
addStop(program)
addStops(program)
addStatistics(program)
addTypes(program)
addReconcile(program)
addRollup(program)
addWorkers(program)
addSchedules(program)
addRetention(program)
addDoctor(program)
addImport(program)
addToken(program)
addUser(program)
addAudit(program)
addHooks(program)

await program.parseAsync().catch(failWith)
