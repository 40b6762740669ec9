import type { FastifyBaseLogger } from 'fastify'
import { RollupKeeper } from '../tasks/rollup/keeper.js'
import { Rollup } from '../tasks/rollup/rollup.js'
import type { OpenDatabase } from './open-database.js'
import type { StartedParts } from './started-parts.js'

/** The rollup, and what keeps it where there is one. */
export function startRollup(parts: {
  database: OpenDatabase
  log: FastifyBaseLogger
  started: StartedParts
}): Rollup {
  const { database, log, started } = parts
  if (!database.table.attached) {
    const keeper = new RollupKeeper(database, log)
    keeper.start()
    started.add('rollup', () => keeper.stop())
  }
  return new Rollup(database.table)
}
