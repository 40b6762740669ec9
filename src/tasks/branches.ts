import { type Expression, type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Scope } from '../access/scope.js'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import type { Database } from '../db/schema.js'
import type { TaskFilter } from './filter.js'
import { jobStates } from './job.js'
import { likePattern } from './like-pattern.js'
import { storable } from './storable.js'
import { companySql, ofTypes } from './visible.js'

/** Names that a search finds, up to which each is read by itself. */
const mostNames = 20
/** Values that a filter or a scope gives, up to which each is read by itself. */
const mostValues = 10
/** Types of a company, the same. */
const mostTypesOfCompany = 3

/** A part of the jobs of a filter: those of a narrower one. */
export interface Branch {
  readonly filter: TaskFilter
  /** What narrows it where no filter can say so. */
  readonly where?: Expression<SqlBool>
}

/**
 * Parts that together are the jobs of a filter, each of which an index on one value and time has in order. They may overlap.
 * Empty where the filter holds such a value fast, or asks for nothing of the kind.
 *
 * An "or" (a company is the tenant or `meta.company_id`, a text the start of an id or a part of a name) has no index that is
 * in order: a page would be found by reading all jobs, newest first, until enough of them match. A table without an index on
 * time alone has the jobs in order state by state.
 *
 * A branch leaves out what it narrows: PostgreSQL takes the "or" beside one of its parts for rarer still, expects too few rows
 * and sorts all of them.
 */
export async function branchesOf(
  db: Kysely<Database>,
  filter: TaskFilter,
  table: JobsTable,
): Promise<readonly Branch[]> {
  const { search, companyId, tenantId, kind, taskName, taskTypes, scope, lost, rootId } = filter
  if (lost === true || rootId !== undefined) return []
  if (!table.hasTimeIndex) {
    const isOrdered =
      tenantId !== undefined || kind !== undefined || (taskName !== undefined && table.hasNameIndex)
    return isOrdered
      ? []
      : (filter.states ?? jobStates).map((state) => ({ filter: { ...filter, states: [state] } }))
  }
  // What else an application has indexes on is not known.
  if (table.attached) return []
  if (search !== undefined) {
    const { search: _, ...rest } = filter
    return (await branchesOfSearch(db, search)).map((where) => ({ filter: rest, where }))
  }
  if (companyId !== undefined) return branchesOfCompany(companyId, filter)
  if (tenantId !== undefined || kind !== undefined || taskName !== undefined) return []
  const byCompany = few(scope.companies).map((company) => ({
    filter: withScope(filter, { companies: [company] }),
  }))
  if (byCompany.length > 0) return byCompany
  const byTenant = few(scope.tenants).map((tenant) => ({ filter: withScope(filter, { tenants: [tenant] }) }))
  if (byTenant.length > 0) return byTenant
  if (taskTypes !== undefined) return branchesOfTypes(taskTypes, filter)
  // Each branch is of one type of the scope, so that none shows more.
  return branchesOfTypes(scope.taskTypes ?? [], withScope(filter, { taskTypes: null }))
}

function few(values: readonly string[] | null): readonly string[] {
  return values !== null && values.length <= mostValues ? values : []
}

function withScope(filter: TaskFilter, scope: Partial<Scope>): TaskFilter {
  return { ...filter, scope: { ...filter.scope, ...scope } }
}

/** What failed of a company and a type has an index in order, too. */
function branchesOfCompany(companyId: string, { companyId: _, ...rest }: TaskFilter): Branch[] {
  const company = storable(companyId)
  const byCompany = [sql<SqlBool>`${companySql} = ${company}`, sql<SqlBool>`tenant_id = ${company}`]
  const types = rest.taskTypes ?? []
  const byType = types.length > mostTypesOfCompany ? [] : branchesOfTypes(types, rest)
  return byCompany.flatMap((where) =>
    byType.length === 0
      ? [{ filter: rest, where }]
      : byType.map((branch) => ({ ...branch, where: sql<SqlBool>`${where} and ${branch.where}` })),
  )
}

/** Each of the two places where a type stands, of each of them. */
function branchesOfTypes(
  types: readonly string[],
  { taskTypes: _, ...rest }: TaskFilter,
): Required<Branch>[] {
  return few(types).flatMap((type) => ofTypes([type]).map((where) => ({ filter: rest, where })))
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
