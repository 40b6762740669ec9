import type { Config } from '../config.js'
import { Retention } from '../retention/retention.js'
import type { PastRun } from '../retention/run-store.js'
import { RetentionView } from '../retention/view.js'
import type { Log } from '../tasks/log.js'
import type { OpenDatabase } from './open-database.js'

/** What deletes old tasks, still to be started, and what tells of it. */
export function retentionOf(parts: {
  config: Config
  database: OpenDatabase
  log: Log
  onEnded?: (run: PastRun) => void
}) {
  const { config, database, log, onEnded } = parts
  const { db, pool, table } = database
  const settings = config.retention
  const retention = new Retention({ db, pool, table, settings, log, ...(onEnded && { onEnded }) })
  const dataDir = config.database === null ? config.data_dir : null
  return { retention, retentionView: new RetentionView({ pool, table, settings, dataDir, retention }) }
}
