import type { Config } from '../config.js'
import { connect, type DatabaseAddress, type DatabaseConnection } from '../db/connect.js'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../db/embedded/server.js'
import { inspectJobsTable } from '../db/jobs-table/inspect.js'
import { type JobsTable, ownJobsTable } from '../db/jobs-table/jobs-table.js'
import { JobsTablePlugin } from '../db/jobs-table/plugin.js'
import { migrate } from '../db/migrate.js'
import type { StartedParts } from './started-parts.js'

interface DatabaseLog {
  info(line: string): void
  warn(context: object, line: string): void
  fatal(context: object, line: string): void
}

/** A connection to the database, upgraded, that reads and writes jobs where they are. */
export interface OpenDatabase extends DatabaseConnection {
  readonly address: DatabaseAddress
  readonly table: JobsTable
}

/**
 * Connects to the configured database, or starts the embedded one, and upgrades our schema. Throws BadJobsTable, and what
 * the database says. `started` is told what was.
 */
export async function openDatabase(
  config: Config,
  log: DatabaseLog,
  started: StartedParts,
): Promise<OpenDatabase> {
  const address: DatabaseAddress =
    config.database === null ? (await startOwn(config, log, started)).connection : { url: config.database }
  const database = connect(address, (error) => log.warn({ err: error }, 'a database connection was lost'))
  started.add('database', () => database.close())
  // Before anything of ours is created: a table that can't be used leaves nothing behind.
  const table =
    config.jobs_table === null ? ownJobsTable : await inspectJobsTable(database.pool, config.jobs_table)
  const newer = await migrate(database.db, database.pool)
  if (newer.length > 0)
    log.warn({ newer }, 'the schema is that of a newer Crisper, which this one can work on; upgrade it soon')
  return {
    ...database,
    address,
    table,
    db: table.attached ? database.db.withPlugin(new JobsTablePlugin(table)) : database.db,
  }
}

async function startOwn(config: Config, log: DatabaseLog, started: StartedParts): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir: config.data_dir, log: (line) => log.info(line) })
  started.add('embedded PostgreSQL', () => server.stop())
  server.onExit((error) => log.fatal({ err: error }, 'the embedded PostgreSQL ended; restart Crisper'))
  return server
}
