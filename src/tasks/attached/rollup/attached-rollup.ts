import { expressionBuilder, type Kysely, type RawBuilder, sql } from 'kysely'
import type { JobsTable } from '../../../db/jobs-table/jobs-table.js'
import type { Database } from '../../../db/schema.js'
import { dimensionConditions, type TaskFilter, taskTypeSql } from '../../filter.js'
import { keyColumns, within } from '../../rollup/contributions.js'
import { levelFor, type RollupLevel } from '../../rollup/level.js'
import { type OpenWindow, type Piece, piecesOf } from '../../rollup/pieces.js'
import { countsIn, minutesFrom, openWindowOf, type RolledUp, type Rollup } from '../../rollup/rollup.js'
import { ofAnyState } from './count-slice.js'
import { readState } from './state.js'

/**
 * Of an application's table: what its keeper has counted, up to the last minutes, which are read from the rows. So it is as
 * it stood at `countedAt`, some seconds ago, but for what the application changed in old rows without an event.
 */
export class AttachedRollup implements Rollup {
  readonly #table: JobsTable

  constructor(table: JobsTable) {
    this.#table = table
  }

  async count(db: Kysely<Database>, filter: TaskFilter): Promise<RolledUp | undefined> {
    const level = levelFor(filter)
    if (level === undefined) return undefined
    const state = await readState(db, this.#table)
    if (state.countedUntil === null || state.freshAt === null) return undefined
    const parts = piecesUntil(openWindowOf(filter), state.countedUntil).map((piece) =>
      piece.span === null ? this.#rows(filter, piece) : sums(level, filter, piece),
    )
    if (parts.length === 0) return { counts: [], countedAt: state.freshAt }
    return { counts: await countsIn(db, sql`${sql.join(parts, sql` union all `)}`), countedAt: state.freshAt }
  }

  #rows(filter: TaskFilter, piece: Piece): RawBuilder<unknown> {
    const eb = expressionBuilder<Database, 'job'>()
    return sql`
      select state::text, ${taskTypeSql} as task_type, 1 as n
        from ${sql.table('job')}
       where ${within(sql`created_at`, piece)} and ${ofAnyState(this.#table)}
         and ${eb.and(dimensionConditions(eb, filter))}`
  }
}

function sums(level: RollupLevel, filter: TaskFilter, piece: Piece): RawBuilder<unknown> {
  const eb = expressionBuilder<Database, 'job'>()
  const matching = eb.and(dimensionConditions(eb, filter, keyColumns))
  return sql`
    select state, task_type, n
      from (select * from rollup_key where level = ${level} and ${matching}) k
      join attached_rollup r on r.key_id = k.id and r.span = ${sql.lit(piece.span)}
     where ${within(sql`bucket`, piece)}`
}

/** What is not counted yet is one piece, read from the rows. */
function piecesUntil({ from, to }: OpenWindow, until: Date): Piece[] {
  const counted = to !== null && to < until ? to : until
  const rest = from !== null && from > until ? from : until
  return [
    ...piecesOf({ from, to: counted }, 1440, minutesFrom()),
    ...(to === null || to > rest ? [{ span: null, from: rest, to }] : []),
  ]
}
