import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { connect, type DatabaseConnection } from '../../src/db/connect.js'
import { locateCluster } from '../../src/db/embedded/layout.js'
import { prepareRunDirectory } from '../../src/db/embedded/run-directory.js'
import { startEmbeddedPostgres } from '../../src/db/embedded/server.js'
import { migrate } from '../../src/db/migrate.js'
import { migrations } from '../../src/db/migrations/index.js'
import { fill } from './fill.js'
import { say } from './report.js'

const cache = resolve('.cache/bench/stored')
/** Older ones have no last hour any more. */
const longestUseMs = 6 * 3600 * 1000

const note = z.object({ madeAt: z.number(), migrations: z.array(z.string()) })

/**
 * A data directory for `crisper serve` with so many made tasks in it. Large ones are used again for some hours, since they
 * take minutes to make; events that were played to one make it a little larger.
 */
export async function storedTasks(rows: number): Promise<string> {
  const dataDir = join(cache, String(rows))
  const told = `${dataDir}.json`
  if (rows >= 1_000_000 && existsSync(told)) {
    const { madeAt, migrations: known } = note.parse(JSON.parse(readFileSync(told, 'utf8')))
    const isFresh = Date.now() - madeAt < longestUseMs
    if (isFresh && known.join() === Object.keys(migrations).join()) return dataDir
  }
  rmSync(told, { force: true })
  rmSync(dataDir, { recursive: true, force: true })
  mkdirSync(dataDir, { recursive: true })
  say(`making ${rows.toLocaleString('en')} tasks …`)
  await fillDatabaseOf(dataDir, rows)
  writeFileSync(told, JSON.stringify({ madeAt: Date.now(), migrations: Object.keys(migrations) }))
  return dataDir
}

/** In the PostgreSQL of a data directory that no Crisper uses meanwhile. */
async function fillDatabaseOf(dataDir: string, rows: number): Promise<void> {
  const server = await startEmbeddedPostgres({ dataDir, log: () => undefined })
  const database = connect(server.connection, () => undefined)
  try {
    await migrate(database.db, database.pool)
    await fill(database, rows)
  } finally {
    await database.close()
    await server.stop()
  }
}

/** To look into the database of a Crisper that runs on a data directory. */
export async function connectBeside(dataDir: string): Promise<DatabaseConnection> {
  const { home, user } = await locateCluster(dataDir, () => undefined)
  const host = await prepareRunDirectory(home, user)
  return connect({ host, port: 5432, user: 'crisper', database: 'crisper' }, () => undefined)
}
