import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Scope } from '../access/scope.js'
import type { Database } from '../db/schema.js'
import { storable } from './storable.js'

/** Where company and type stand, in jobs or in what was counted of them. */
export interface OwnerColumns {
  readonly company: Expression<unknown>
  readonly type: Expression<unknown>
}

/** The company of a job: the one that it names, or else its tenant. There is an index on it and time. */
export const companySql = sql<
  string | null
>`coalesce(nullif(meta ->> 'company_id', ''), nullif(tenant_id, ''))`

export const ofJobs: OwnerColumns = { company: companySql, type: sql`meta ->> 'task_type'` }

/**
 * What a scope lets through, as conditions on jobs: the one place where an identity becomes SQL. Each list that the scope
 * gives narrows; an empty one leaves nothing, and so does a job that does not say whose it is.
 */
export function visibleTo(
  eb: ExpressionBuilder<Database, 'job'>,
  { tenants, companies, taskTypes, queues }: Scope,
  columns = ofJobs,
): Expression<SqlBool>[] {
  const parts: Expression<SqlBool>[] = []
  if (tenants !== null) parts.push(oneOf(sql`tenant_id`, tenants))
  // A tenant counts as the company only where the job names none: ids of the two may be equal and mean others.
  if (companies !== null) parts.push(oneOf(columns.company, companies))
  if (taskTypes !== null) parts.push(eb.or(ofTypes(taskTypes, columns)))
  if (queues !== null) parts.push(oneOf(sql`queue`, queues))
  return parts
}

/** Two equalities rather than one on the coalesce, so that each finds its index. */
export function ofTypes(types: readonly string[], { type: named } = ofJobs): Expression<SqlBool>[] {
  return [oneOf(named, types), sql<SqlBool>`(${named} is null and ${oneOf(sql`kind`, types)})`]
}

function oneOf(column: Expression<unknown>, values: readonly string[]): Expression<SqlBool> {
  if (values.length === 0) return sql<SqlBool>`false`
  return sql<SqlBool>`${column} in (${sql.join(values.map(storable))})`
}
