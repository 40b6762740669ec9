import { isDeepStrictEqual } from 'node:util'
import { deriveJob, ownerOf } from './derive.js'
import type { Job, Json } from './job.js'
import type { TaskRecord } from './record.js'
import { isPromise } from './record-of-event.js'
import type { TaskTypes } from './task-types.js'

/**
 * Where a value of a task comes from: an event of Celery, the application's hooks (`context`), the arguments of the task
 * (read from an event), the message as it waited in its queue, a stop that was asked for here, the job table, into which
 * something else wrote it; or where events were missed, what reconciling learned from the result backend or from a worker, or
 * concluded itself.
 */
export const sources = [
  'event',
  'context',
  'arguments',
  'queue',
  'stop',
  'table',
  'result_backend',
  'worker',
  'reconcile',
] as const
type Source = (typeof sources)[number]

const compared = {
  state: 'state',
  worker: 'worker',
  queue: 'queue',
  created_at: 'createdAt',
  enqueued_at: 'enqueuedAt',
  started_at: 'startedAt',
  finished_at: 'finishedAt',
  retries: 'retries',
  progress: 'done',
  tenant_id: 'tenantId',
  created_by_id: 'createdById',
  result: 'result',
  error: 'error',
} as const satisfies Record<string, keyof Job>

/** Columns that come with the state. */
const ofState: ReadonlySet<string> = new Set(['state', 'finished_at', 'result', 'error'])

/** The source of each value that there is, by its name in the API; `progress` stands for `done` and `total`. */
export function sourcesOf(
  job: Job,
  record: TaskRecord | undefined,
  types: TaskTypes,
): Record<string, Source> {
  const derived = record && deriveJob(record, types)
  const owner = record === undefined ? {} : ownerOf(record)
  const ofRow = (name: keyof typeof compared): Source => {
    const column = compared[name]
    if (record === undefined || !isDeepStrictEqual(job[column], derived?.[column])) return 'table'
    if (name === 'tenant_id') return record.context?.tenantId ? 'context' : 'arguments'
    if (name === 'created_by_id') return record.context?.createdById ? 'context' : 'arguments'
    if (name === 'progress' && record.progress?.source !== undefined) return record.progress.source
    if (ofState.has(name) && record.state?.source !== undefined) return record.state.source
    if ((name === 'state' || name === 'error') && record.stop && record.state && isPromise(record.state))
      return 'stop'
    return isFromQueue(name, record) ? 'queue' : 'event'
  }
  const found = Object.fromEntries(
    Object.keys(compared)
      .filter(isCompared)
      .filter((name) => job[compared[name]] !== null)
      .map((name) => [name, ofRow(name)]),
  )
  const company = companyOf(job.meta)
  if (company === undefined) return found
  const told = record?.context?.companyId ? 'context' : 'arguments'
  return { ...found, company_id: isDeepStrictEqual(company, owner.companyId) ? told : 'table' }
}

/** Told by nothing but the message in the queue. */
function isFromQueue(name: string, { queued, state, sent, received }: TaskRecord): boolean {
  if (queued === undefined) return false
  if (name === 'queue') return sent === undefined
  return (name === 'state' || name === 'created_at') && (state ?? sent ?? received) === undefined
}

function isCompared(name: string): name is keyof typeof compared {
  return Object.hasOwn(compared, name)
}

function companyOf(meta: Json): Json | undefined {
  return typeof meta === 'object' && meta !== null && !Array.isArray(meta) ? meta.company_id : undefined
}
