import type { Migration } from 'kysely'
import { up as jobs } from './001-jobs.js'

/** In the order in which they run; a name, once released, never changes. */
export const migrations: Readonly<Record<string, Migration>> = {
  '001-jobs': { up: jobs },
}
