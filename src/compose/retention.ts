import type { Config } from '../config.js'
import { Retention } from '../retention/retention.js'
import type { PastRun } from '../retention/run-store.js'
import { RetentionView } from '../retention/view.js'
import type { Log } from '../tasks/log.js'
import type { Rollup } from '../tasks/rollup/rollup.js'
import type { OpenDatabase } from './open-database.js'

/** What deletes old tasks, still to be started. */
export function retentionOf(parts: {
  config: Config
  database: OpenDatabase
  log: Log
  onEnded?: (run: PastRun) => void
}): Retention {
  const { config, database, log, onEnded } = parts
  const { db, pool, table } = database
  return new Retention({ db, pool, table, settings: config.retention, log, ...(onEnded && { onEnded }) })
}

/** What tells of it. */
export function retentionViewOf(parts: {
  config: Config
  database: OpenDatabase
  retention: Retention
  rollup: Rollup
}): RetentionView {
  const { config, database, retention, rollup } = parts
  const { db, pool, table } = database
  const dataDir = config.database === null ? config.data_dir : null
  return new RetentionView({ db, pool, table, rollup, settings: config.retention, dataDir, retention })
}
