import type { TaskFilter } from '../filter.js'

/** What the rows of a rollup tell apart besides type, kind and state: nothing, names, or owners. Both would be as many as jobs. */
export type RollupLevel = 'type' | 'name' | 'owner'

/** The level whose rows can answer a filter; undefined where only the jobs themselves can. */
export function levelFor(filter: TaskFilter): RollupLevel | undefined {
  if (needsJobs(filter)) return undefined
  if (!asksForOwner(filter)) return filter.taskName === undefined ? 'type' : 'name'
  return filter.taskName === undefined ? 'owner' : undefined
}

function needsJobs(filter: TaskFilter): boolean {
  const { createdById, worker, queue, rootId, lost, search, scope } = filter
  return (
    scope.queues !== null ||
    [createdById, worker, queue, rootId, lost, search].some((value) => value !== undefined)
  )
}

function asksForOwner({ tenantId, companyId, scope }: TaskFilter): boolean {
  return (
    tenantId !== undefined || companyId !== undefined || scope.tenants !== null || scope.companies !== null
  )
}
