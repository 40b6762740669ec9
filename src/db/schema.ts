import type { ColumnType, Generated } from 'kysely'

/** The tables of Crisper, as Kysely sees them. Columns of `job` are those of the data contract. */
export interface Database {
  job: JobTable
  task_detail: TaskDetailTable
  task_name: TaskNameTable
  stop_request: StopRequestTable
}

/** jsonb: read parsed, written as JSON text. */
type JsonColumn = ColumnType<unknown, string | null, string | null>

interface JobTable {
  id: Generated<string>
  task_id: string
  task_name: string
  queue: string | null
  worker: string | null
  kind: string
  tenant_id: string | null
  created_by_id: number | null
  state: string
  created_at: Date
  enqueued_at: Date | null
  started_at: Date | null
  finished_at: Date | null
  eta: Date | null
  expires: Date | null
  retries: number
  max_retries: number
  priority: number | null
  total: number | null
  done: number | null
  by_category: JsonColumn
  meta: JsonColumn
  result: JsonColumn
  error: string | null
}

interface TaskDetailTable {
  task_id: string
  /** Counts the writes; a writer whose copy is older must read again before it writes. */
  version: number
  /** The merged record of its events (src/tasks/record.ts). */
  record: JsonColumn
  root_id: string | null
  parent_id: string | null
  exception_type: string | null
  /** Seconds. */
  runtime: number | null
}

/** Every task name seen: a few hundred, so that a search by name needs no scan of the jobs. */
interface TaskNameTable {
  name: string
}

export interface StopRequestTable {
  id: string
  task_id: string
  mode: string
  status: string
  requested_by: string
  reason: string | null
  requested_at: Date
  /** When the broadcast was last sent. */
  sent_at: Date | null
  sent_count: Generated<number>
  ended_at: Date | null
  /** What is known about the task at the request. */
  known: boolean
  /** jsonb list of `{worker, at, ok, text}`. */
  replies: JsonColumn
  /** jsonb: which event or check decided the outcome. */
  evidence: JsonColumn
  /** One sentence for people. */
  explanation: string
}
