import { type OpenDatabase, openDatabase } from '../compose/open-database.js'
import type { Config } from '../config.js'

/** Opens the configured database, works with it, and ends whatever had to be started for that. */
export async function withDatabase<T>(
  config: Config,
  work: (database: OpenDatabase) => Promise<T>,
): Promise<T> {
  const undo: (() => unknown)[] = []
  const log = { info: () => {}, warn: () => {}, fatal: () => {} }
  try {
    return await work(await openDatabase(config, log, undo))
  } finally {
    for (const step of undo.reverse()) await step()
  }
}
