import type { FastifyBaseLogger } from 'fastify'
import { AttachedRollup } from '../tasks/attached/rollup/attached-rollup.js'
import { AttachedRollupKeeper } from '../tasks/attached/rollup/keeper.js'
import { RollupKeeper } from '../tasks/rollup/keeper.js'
import { OwnRollup, type Rollup } from '../tasks/rollup/rollup.js'
import type { LedParts } from './led-parts.js'
import type { OpenDatabase } from './open-database.js'
import type { StartedParts } from './started-parts.js'

/** The rollup, and what keeps it. */
export function startRollup(parts: {
  database: OpenDatabase
  log: FastifyBaseLogger
  started: StartedParts
  led: LedParts
}): Rollup {
  const { database, log, started, led } = parts
  if (database.table.attached) {
    led.add('attached rollup', new AttachedRollupKeeper({ ...database, log }))
    return new AttachedRollup(database.table)
  }
  const keeper = new RollupKeeper(database, log)
  keeper.start()
  started.add('rollup', () => keeper.stop())
  return new OwnRollup()
}
