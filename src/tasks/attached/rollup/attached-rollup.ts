import { expressionBuilder, type Kysely, type RawBuilder, sql } from 'kysely'
import type { JobsTable } from '../../../db/jobs-table/jobs-table.js'
import type { Database } from '../../../db/schema.js'
import { dimensionConditions, type TaskFilter, taskTypeSql } from '../../filter.js'
import { keyColumns, keys, together, within } from '../../rollup/contributions.js'
import type { RollupLevel } from '../../rollup/level.js'
import { type Piece, piecesOf } from '../../rollup/pieces.js'
import { minutesFrom, Rollup, type RollupSource } from '../../rollup/rollup.js'
import { ofAnyState } from './count-slice.js'
import { readState } from './state.js'

/**
 * Of an application's table: what its keeper has counted, up to the last minutes, which are read from the rows. So it is as
 * it stood at `countedAt`, some seconds ago, but for what the application changed in old rows without an event. It has no times.
 */
export class AttachedRollup extends Rollup {
  readonly #table: JobsTable

  constructor(table: JobsTable) {
    super()
    this.#table = table
  }

  async source(db: Kysely<Database>): Promise<RollupSource | undefined> {
    const table = this.#table
    const { countedUntil, freshAt } = await readState(db, table)
    if (countedUntil === null || freshAt === null) return undefined
    return {
      contributions: (level, filter, pieces) =>
        together(
          pieces
            .flatMap((piece) => piecesUntil(piece, countedUntil))
            .map((piece) =>
              piece.span === null ? rowsIn(table, filter, piece) : sumsIn(level, filter, piece),
            ),
        ),
      hasTimes: false,
      countedAt: freshAt,
    }
  }
}

const noTimes = sql`null::smallint[], null::integer[], null::smallint[], null::integer[]`

function rowsIn(table: JobsTable, filter: TaskFilter, piece: Piece): RawBuilder<unknown> {
  const eb = expressionBuilder<Database, 'job'>()
  return sql`
    select task_name::text, ${taskTypeSql}, kind::text, tenant_id::text, meta ->> 'company_id', state::text,
           date_trunc('minute', created_at, 'UTC'), 1, ${noTimes}
      from ${sql.table('job')}
     where ${within(sql`created_at`, piece)} and ${ofAnyState(table)} and ${eb.and(dimensionConditions(eb, filter))}`
}

function sumsIn(level: RollupLevel, filter: TaskFilter, piece: Piece): RawBuilder<unknown> {
  const eb = expressionBuilder<Database, 'job'>()
  const matching = eb.and(dimensionConditions(eb, filter, keyColumns))
  return sql`
    select ${keys}, bucket, n, ${noTimes}
      from (select * from rollup_key where level = ${level} and ${matching}) k
      join attached_rollup r on r.key_id = k.id and r.span = ${sql.lit(piece.span)}
     where ${within(sql`bucket`, piece)}`
}

/** What of a piece is not counted yet is read from the rows. */
function piecesUntil({ span, from, to }: Piece, until: Date): Piece[] {
  if (span === null) return [{ span, from, to }]
  const counted = to !== null && to < until ? to : until
  const rest = from !== null && from > until ? from : until
  return [
    ...piecesOf({ from, to: counted }, span, minutesFrom()),
    ...(to === null || to > rest ? [{ span: null, from: rest, to }] : []),
  ]
}
