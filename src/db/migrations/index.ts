import type { Migration } from 'kysely'
import { up as jobs } from './001-jobs.js'
import { up as stops } from './002-stops.js'
import { up as views } from './003-views.js'
import { up as attachedRows } from './004-attached-rows.js'
import { up as imports } from './005-imports.js'
import { up as reconcile } from './006-reconcile.js'
import { up as workers } from './007-workers.js'
import { up as queues } from './008-queues.js'
import { up as access } from './009-access.js'
import { up as alerts } from './010-alerts.js'
import { up as rollups } from './011-rollups.js'
import { up as retention } from './012-retention.js'
import { up as lighterWrites } from './013-lighter-writes.js'
import { up as failedJobs } from './014-failed-jobs.js'
import { up as inlinedBins } from './015-inlined-bins.js'
import { up as failedOfType } from './016-failed-of-type.js'
import { up as attachedRollup } from './017-attached-rollup.js'

/** In the order in which they run; a name, once released, never changes. */
export const migrations: Readonly<Record<string, Migration>> = {
  '001-jobs': { up: jobs },
  '002-stops': { up: stops },
  '003-views': { up: views },
  '004-attached-rows': { up: attachedRows },
  '005-imports': { up: imports },
  '006-reconcile': { up: reconcile },
  '007-workers': { up: workers },
  '008-queues': { up: queues },
  '009-access': { up: access },
  '010-alerts': { up: alerts },
  '011-rollups': { up: rollups },
  '012-retention': { up: retention },
  '013-lighter-writes': { up: lighterWrites },
  '014-failed-jobs': { up: failedJobs },
  '015-inlined-bins': { up: inlinedBins },
  '016-failed-of-type': { up: failedOfType },
  '017-attached-rollup': { up: attachedRollup },
}
