import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import type { Database } from '../db/schema.js'
import type { TaskFilter } from './filter.js'
import { jobStates } from './job.js'
import { likePattern } from './like-pattern.js'
import { storable } from './storable.js'
import { companySql } from './visible.js'

/** Names that a search finds, up to which each is read by itself. */
const mostNames = 20
/** Values that a scope gives, up to which each is read by itself. */
const mostValues = 10

/**
 * Parts that together are the jobs of a filter, each of which an index on one value and time has in order. They may overlap.
 * Empty where the filter holds such a value fast, or asks for nothing of the kind.
 *
 * An "or" (a company is the tenant or `meta.company_id`, a text the start of an id or a part of a name) has no index that is
 * in order: a page would be found by reading all jobs, newest first, until enough of them match. A table without an index on
 * time alone has the jobs in order state by state.
 */
export async function branchesOf(
  db: Kysely<Database>,
  filter: TaskFilter,
  table: JobsTable,
): Promise<readonly RawBuilder<SqlBool>[]> {
  const { search, companyId, tenantId, kind, taskName, taskTypes, scope, lost, rootId } = filter
  if (lost === true || rootId !== undefined) return []
  if (!table.hasTimeIndex) {
    const isOrdered =
      tenantId !== undefined || kind !== undefined || (taskName !== undefined && table.hasNameIndex)
    return isOrdered ? [] : (filter.states ?? jobStates).map((state) => sql<SqlBool>`state = ${state}`)
  }
  // What else an application has indexes on is not known.
  if (table.attached) return []
  if (search !== undefined) return await branchesOfSearch(db, search)
  if (tenantId !== undefined || kind !== undefined || taskName !== undefined) return []
  if (companyId !== undefined) return branchesOfCompany(storable(companyId))
  const few = (values: readonly string[] | null) =>
    values !== null && values.length <= mostValues ? values.map(storable) : []
  const byCompany = few(scope.companies).map((company) => sql<SqlBool>`${companySql} = ${company}`)
  if (byCompany.length > 0) return byCompany
  const byTenant = few(scope.tenants).map((tenant) => sql<SqlBool>`tenant_id = ${tenant}`)
  if (byTenant.length > 0) return byTenant
  return few(taskTypes ?? scope.taskTypes).flatMap(branchesOfType)
}

function branchesOfCompany(company: string): RawBuilder<SqlBool>[] {
  return [sql`${companySql} = ${company}`, sql`tenant_id = ${company}`]
}

function branchesOfType(type: string): RawBuilder<SqlBool>[] {
  return [sql`meta ->> 'task_type' = ${type}`, sql`(meta ->> 'task_type' is null and kind = ${type})`]
}

/** A search that finds many names finds many jobs: these are soon found, newest first. */
async function branchesOfSearch(db: Kysely<Database>, text: string): Promise<RawBuilder<SqlBool>[]> {
  const pattern = likePattern(text)
  const names = await db
    .selectFrom('task_name')
    .select('name')
    .where('name', 'ilike', `%${pattern}%`)
    .orderBy('name')
    .limit(mostNames + 1)
    .execute()
  const byId = sql<SqlBool>`task_id like ${`${pattern}%`}`
  if (names.length > mostNames) return []
  return [byId, ...names.map(({ name }) => sql<SqlBool>`task_name = ${name}`)]
}
