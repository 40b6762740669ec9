import { DjangoBeatTables } from '../celery/beat/django-tables.js'
import type { Broker } from '../celery/broker.js'
import { BadUrl } from '../celery/errors.js'
import type { Config } from '../config.js'
import type { Workers } from '../fleet/workers.js'
import type { GapStore } from '../reconcile/gaps.js'
import { ConfEntries } from '../schedules/conf-entries.js'
import { Schedules } from '../schedules/schedules.js'
import type { OpenDatabase } from './open-database.js'
import type { StartedParts } from './started-parts.js'

/** What knows of beat's schedules. Throws BadUrl. */
export function openSchedules(parts: {
  broker: Broker
  workers: Workers
  database: OpenDatabase
  gaps: GapStore
  config: Config
  started: StartedParts
}): Schedules {
  const { broker, workers, database, gaps, config, started } = parts
  const tables = tablesOf(config)
  if (tables !== null) started.add('tables of beat', () => tables.close())
  return new Schedules({
    tables,
    conf: new ConfEntries(broker, workers),
    db: database.db,
    jobsTable: database.table,
    gaps,
  })
}

/** In the database that the result backend django-db would be read from. */
function tablesOf({ result_database: given, database }: Config): DjangoBeatTables | null {
  if (given !== null) return new DjangoBeatTables(given)
  try {
    return database === null ? null : new DjangoBeatTables(database)
  } catch (error) {
    // A URL that our own driver takes may be none that SQLAlchemy would: that must not keep Crisper from starting.
    if (error instanceof BadUrl) return null
    throw error
  }
}
