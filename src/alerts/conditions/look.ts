import type { Kysely } from 'kysely'
import { everything } from '../../access/scope.js'
import type { Broker } from '../../celery/broker.js'
import type { JobsTable } from '../../db/jobs-table/jobs-table.js'
import type { Database } from '../../db/schema.js'
import type { Queues } from '../../fleet/queues.js'
import type { Workers } from '../../fleet/workers.js'
import type { TaskFilter } from '../../tasks/filter.js'
import type { Finding } from '../alert.js'
import type { RuleFilter } from '../rule.js'
import type { UsualTimes } from '../usual-times.js'

/** What conditions look at. */
export interface Sources {
  readonly db: Kysely<Database>
  readonly table: JobsTable
  readonly broker: Broker
  readonly queues: Queues
  readonly workers: Workers
  readonly usualTimes: UsualTimes
}

/** What holds now; undefined where it can't be told. */
export type Look = readonly Finding[] | undefined

export function tasksOf(filter: RuleFilter): TaskFilter {
  return {
    scope: everything,
    taskName: filter.task_name,
    taskTypes: filter.task_type === undefined ? undefined : [filter.task_type],
    companyId: filter.company_id,
    queue: filter.queue,
  }
}

/** The list of tasks behind a finding. */
export function linkToTasks(filter: RuleFilter, more: Readonly<Record<string, string>>): string {
  const given = Object.entries({ ...filter, ...more }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  )
  return `/tasks?${new URLSearchParams(given)}`
}

/** Such as "of type etl in queue slow", with a blank before; '' for all tasks. */
export function inWords({ task_name, task_type, company_id, queue }: RuleFilter): string {
  return [
    task_name === undefined ? '' : ` of ${task_name}`,
    task_type === undefined ? '' : ` of type ${task_type}`,
    company_id === undefined ? '' : ` of company ${company_id}`,
    queue === undefined ? '' : ` in queue ${queue}`,
  ].join('')
}

/** Such as "90 s", "15 min", "3 h". */
export function spanOf(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} days`
}
