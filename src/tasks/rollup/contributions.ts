import { expressionBuilder, type RawBuilder, sql } from 'kysely'
import type { Database } from '../../db/schema.js'
import { dimensionConditions, type TaskFilter } from '../filter.js'
import type { OwnerColumns } from '../visible.js'
import type { RollupLevel } from './level.js'
import type { OpenWindow, Piece } from './pieces.js'

/** As `ofJobs` has them. */
export const companyOfKey = sql<string | null>`coalesce(nullif(company_id, ''), nullif(tenant_id, ''))`

/** Where company and type stand in `rollup_key`. */
export const keyColumns: OwnerColumns = { company: companyOfKey, type: sql`task_type` }

export const keys = sql`task_name, task_type, kind, tenant_id, company_id, state`

/** SQL: what the jobs of a filter add up to, as below. */
export type Contributions = (
  level: RollupLevel,
  filter: TaskFilter,
  pieces: readonly Piece[],
) => RawBuilder<unknown>

/**
 * What the jobs of a filter add up to, piece by piece of a window: rows of
 * `(task_name, task_type, kind, tenant_id, company_id, state, minute, n, wait_bins, wait_counts, run_bins, run_counts)`,
 * several of which may be of the same key. In one statement they are of one moment: what is folded into the rollup and what
 * is not yet are each seen once. What a level does not tell apart is null, where it comes from the rollup.
 */
export function contributions(
  level: RollupLevel,
  filter: TaskFilter,
  pieces: readonly Piece[],
): RawBuilder<unknown> {
  const eb = expressionBuilder<Database, 'job'>()
  const matching = eb.and(dimensionConditions(eb, filter, keyColumns))
  const parts = pieces.flatMap((piece) =>
    piece.span === null
      ? [
          sql`
        select ${keys}, minute, 1 as n,
               array[wait_bin], array[(wait_bin is not null)::int], array[run_bin], array[(run_bin is not null)::int]
          from job_contribution
         where ${within(sql`created_at`, piece)} and ${matching}`,
        ]
      : [
          sql`
        select ${keys}, bucket, n, wait_bins, wait_counts, run_bins, run_counts
          from (select * from rollup_key where level = ${level} and ${matching}) k
          join job_rollup r on r.key_id = k.id and r.span = ${sql.lit(piece.span)}
         where ${within(sql`bucket`, piece)}`,
          sql`
        select ${keys}, minute, n, array[wait_bin],
               array[case when wait_bin is null then 0 else n end], array[run_bin],
               array[case when run_bin is null then 0 else n end]
          from job_rollup_delta
         where ${within(sql`minute`, piece)} and ${matching}`,
        ],
  )
  return together(parts)
}

/** Parts that have the columns above, in that order. */
export function together(parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql`
    select * from (${sql.join(parts, sql` union all `)})
      as c (${keys}, minute, n, wait_bins, wait_counts, run_bins, run_counts)`
}

/** Of a column of time. */
export function within(column: RawBuilder<unknown>, { from, to }: OpenWindow): RawBuilder<unknown> {
  const bounds = [
    ...(from === null ? [] : [sql`${column} >= ${from}`]),
    ...(to === null ? [] : [sql`${column} < ${to}`]),
  ]
  return bounds.length === 0 ? sql`true` : sql.join(bounds, sql` and `)
}
