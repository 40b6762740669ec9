import type { Migration } from 'kysely'
import { up as jobs } from './001-jobs.js'
import { up as stops } from './002-stops.js'
import { up as views } from './003-views.js'
import { up as attachedRows } from './004-attached-rows.js'
import { up as imports } from './005-imports.js'
import { up as queues } from './008-queues.js'

/** In the order in which they run; a name, once released, never changes. */
export const migrations: Readonly<Record<string, Migration>> = {
  '001-jobs': { up: jobs },
  '002-stops': { up: stops },
  '003-views': { up: views },
  '004-attached-rows': { up: attachedRows },
  '005-imports': { up: imports },
  '008-queues': { up: queues },
}
