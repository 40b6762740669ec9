import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config.js'
import { connect } from '../db/connect.js'
import { RowWatch } from '../tasks/attached/row-watch.js'
import { Settler } from '../tasks/attached/settler.js'
import { TypeFiller } from '../tasks/attached/type-filler.js'
import { attachedWriter, lockTimeoutMs } from '../tasks/attached/write.js'
import type { LiveFeed } from '../tasks/live-feed.js'
import type { TaskStoreParts } from '../tasks/store.js'
import type { TaskTypes } from '../tasks/task-types.js'
import { writeOwn } from '../tasks/write-records.js'
import type { LedParts } from './led-parts.js'
import type { OpenDatabase } from './open-database.js'
import type { StartedParts } from './started-parts.js'

/** How records and rows are written; in an application's table with all that goes on beside. */
export function rowWriter(
  config: Config,
  { pool, table }: OpenDatabase,
  parts: { types: TaskTypes; live: LiveFeed; log: FastifyBaseLogger; started: StartedParts; led: LedParts },
): Pick<TaskStoreParts, 'pool' | 'write'> {
  if (!table.attached || config.database === null) return { pool, write: writeOwn }
  const { types, live, log, started, led } = parts
  const careful = connect(
    { url: config.database },
    (error) => log.warn({ err: error }, 'a database connection was lost'),
    { lockTimeoutMs },
  )
  started.add('careful database', () => careful.close())
  const own = { pool: careful.pool, table, types, log }
  led.add('settler', new Settler(own))
  led.add('type filler', new TypeFiller(own))
  // For those who listen here.
  const rowWatch = new RowWatch({ ...own, live })
  rowWatch.start()
  started.add('row watch', () => rowWatch.stop())
  return { pool: careful.pool, write: attachedWriter(table, types) }
}
