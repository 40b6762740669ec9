import { z } from 'zod'
import type { Scope } from '../access/scope.js'
import type { TaskFilter } from '../tasks/filter.js'
import { isJobState, type JobState, jobStates } from '../tasks/job.js'
import { type Order, type OrderColumn, orderColumns } from '../tasks/order.js'
import { isUuid } from '../tasks/user-id.js'

/**
 * Query parameters as the contract has them. Each error says what the parameter takes; its name is put before it
 * (errors.ts). An empty value is an absent one.
 */

export const text = z
  .string('takes one value')
  .max(1000, 'takes up to 1000 characters')
  .transform((value) => value || undefined)
  .optional()

/** A comma-separated list, or the parameter given several times. */
export const list = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]).flatMap((part) => part.split(',')))
  .transform((parts) => parts.map((part) => part.trim()).filter((part) => part !== ''))
  .transform((parts) => (parts.length === 0 ? undefined : parts))
  .optional()

export function wholeNumber(least: number, most: number) {
  const takes = `takes a whole number from ${least} to ${most}`
  return z
    .string(takes)
    .transform((value, context) => {
      if (value === '') return undefined
      const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN
      if (number >= least && number <= most) return number
      context.addIssue({ code: 'custom', message: takes })
      return z.NEVER
    })
    .optional()
}

const hours = z
  .string('takes a number of hours')
  .transform((value, context) => {
    if (value === '') return undefined
    const number = /^\d{1,6}(\.\d+)?$/.test(value) ? Number(value) : Number.NaN
    if (number <= 876_000) return number
    context.addIssue({ code: 'custom', message: 'takes a number of hours, such as 24 or 0.5' })
    return z.NEVER
  })
  .optional()

export const time = z
  .string('takes one time')
  .transform((value, context) => {
    if (value === '') return undefined
    // A plus sign that was not escaped arrives as a blank.
    const date = new Date(value.replace(/ (\d\d:?\d\d)$/, '+$1'))
    if (/^\d{4}-\d\d-\d\d/.test(value) && Number.isFinite(date.getTime())) return date
    context.addIssue({ code: 'custom', message: 'takes an ISO 8601 time, such as 2025-12-08T10:00:00Z' })
    return z.NEVER
  })
  .optional()

const states = list.transform((parts, context) => {
  const known = parts?.map((part) => part.toUpperCase())
  if (known?.every((part): part is JobState => isJobState(part))) return known
  if (known === undefined) return undefined
  context.addIssue({ code: 'custom', message: `takes one or more of ${jobStates.join(', ')}` })
  return z.NEVER
})

const newestFirst: Order = { column: 'created_at', descending: true }

const orderBy = z.string('takes one field').transform((value, context): Order => {
  if (value === '') return newestFirst
  const descending = value.startsWith('-')
  const column = descending ? value.slice(1) : value
  if (isOrderColumn(column)) return { column, descending }
  context.addIssue({
    code: 'custom',
    message: `takes one of ${Object.keys(orderColumns).join(', ')}; a leading - is descending`,
  })
  return z.NEVER
})

function isOrderColumn(name: string): name is OrderColumn {
  return Object.hasOwn(orderColumns, name)
}

const userIdTakes = 'takes a whole number or a UUID'
const userId = z
  .string(userIdTakes)
  .transform((value, context) => {
    if (value === '') return undefined
    if (/^-?\d{1,15}$/.test(value)) return Number(value)
    if (isUuid(value)) return value
    context.addIssue({ code: 'custom', message: userIdTakes })
    return z.NEVER
  })
  .optional()

const trueOrFalse = z
  .enum(['true', 'false', ''], 'takes true or false')
  .transform((value) => (value === '' ? undefined : value === 'true'))
  .optional()

const filters = {
  task_type: list.describe('One or more task types, separated by commas'),
  state: states.describe('One or more states, separated by commas'),
  company_id: text.describe('Matches tenant_id, or meta.company_id as a number or a string'),
  tenant_id: text,
  created_by_id: userId.describe('A whole number, or a UUID where the users have such ids'),
  hours_ago: hours.describe('Created within so many hours'),
  worker: text.describe('Node name'),
  queue: text,
  task_name: text,
  created_after: time.describe('ISO 8601, inclusive'),
  created_before: time.describe('ISO 8601, exclusive'),
  root_id: text.describe('A workflow: the task that started it and all that came of it'),
  search: text.describe('The start of a task id, or part of a task name'),
  lost: trueOrFalse.describe('Tasks that nobody has although they should run, or all others'),
}

export const listQuery = z.object({
  ...filters,
  limit: wholeNumber(0, 10_000).describe('Default 100'),
  offset: wholeNumber(0, 1_000_000_000).describe('Default 0'),
  order_by: orderBy.default(newestFirst).describe('Default -created_at'),
  cursor: text.describe('next_cursor of the page before'),
  count: z
    .enum(['exact', 'none'], 'takes exact or none')
    .default('exact')
    .describe('none: total is null, and millions of rows need not be counted'),
})

export const statisticsQuery = z.object({
  task_type: filters.task_type,
  company_id: filters.company_id,
  hours_ago: filters.hours_ago.describe('Default 24'),
})

export const overviewQuery = z.object({
  ...filters,
  hours_ago: filters.hours_ago.describe(
    'Without created_after: hours before the end of the window, default 24',
  ),
  created_before: filters.created_before.describe('ISO 8601, exclusive: the end of the window, default now'),
  buckets: wholeNumber(10, 200).describe('At most so many points, default 60'),
})

export const legacyListQuery = z.object({
  kind: text,
  state: states,
  tenant_id: text,
  limit: wholeNumber(-999_999_999_999_999, 999_999_999_999_999).describe('Default 50, clamped to 1..200'),
})

export const legacyResultsQuery = z.object({
  name: text.describe('Task name'),
  status: states,
  hours: hours.describe('Default 24'),
  limit: wholeNumber(0, 10_000).describe('Default 100, at most 1000'),
})

export const taskId = z.string().max(255, 'takes up to 255 characters')

export const taskParams = z.object({ task_id: taskId })

export const idParams = z.object({ id: z.uuid('takes a UUID') })

/** The list's own filters. */
export const taskFilters = z.object(filters)

export function toFilter(query: Partial<z.output<typeof taskFilters>>, scope: Scope): TaskFilter {
  return {
    scope,
    taskTypes: query.task_type,
    states: query.state,
    companyId: query.company_id,
    tenantId: query.tenant_id,
    createdById: query.created_by_id,
    hoursAgo: query.hours_ago,
    worker: query.worker,
    queue: query.queue,
    taskName: query.task_name,
    createdAfter: query.created_after,
    createdBefore: query.created_before,
    rootId: query.root_id,
    search: query.search,
    lost: query.lost,
  }
}
