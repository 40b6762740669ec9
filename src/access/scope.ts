import { z } from 'zod'

const some = z.array(z.string()).nullable().default(null)

export const scopeSchema = z.object({ tenants: some, companies: some, task_types: some, queues: some })

/**
 * Which tasks an identity may know of. Each list that is given narrows: a task must be in all of them. null does not
 * narrow; an empty list leaves nothing.
 */
export interface Scope {
  readonly tenants: readonly string[] | null
  /** `meta.company_id` of the task, or where it has none its tenant. */
  readonly companies: readonly string[] | null
  readonly taskTypes: readonly string[] | null
  readonly queues: readonly string[] | null
}

export const everything: Scope = { tenants: null, companies: null, taskTypes: null, queues: null }

/** Whether no task is left out. */
export function isEverything(scope: Scope): boolean {
  return Object.values(scope).every((list) => list === null)
}

/** Equal for scopes that let the same through. '' is everything. */
export function scopeKey(scope: Scope): string {
  if (isEverything(scope)) return ''
  return JSON.stringify(toStored(scope))
}

/** As it is stored and told: the names of the API. */
export function toStored({ tenants, companies, taskTypes, queues }: Scope): z.output<typeof scopeSchema> {
  const sorted = (list: readonly string[] | null) => list && [...new Set(list)].sort()
  return {
    tenants: sorted(tenants),
    companies: sorted(companies),
    task_types: sorted(taskTypes),
    queues: sorted(queues),
  }
}

/** Throws ZodError where it is no scope. */
export function parseScope(value: unknown): Scope {
  const { task_types: taskTypes, ...rest } = scopeSchema.parse(value)
  return { ...rest, taskTypes }
}
