import { type OpenDatabase, openDatabase } from '../compose/open-database.js'
import { StartedParts } from '../compose/started-parts.js'
import type { Config } from '../config.js'

/** Opens the configured database, works with it, and ends whatever had to be started for that. */
export async function withDatabase<T>(
  config: Config,
  work: (database: OpenDatabase) => Promise<T>,
): Promise<T> {
  const started = new StartedParts()
  const log = { info: () => {}, warn: () => {}, error: () => {}, fatal: () => {} }
  try {
    return await work(await openDatabase(config, log, started))
  } finally {
    await started.end(log)
  }
}
