import type { ColumnType, Generated } from 'kysely'

/** The tables of Crisper, as Kysely sees them. Columns of `job` are those of the data contract. */
export interface Database {
  job: JobTable
  task_detail: TaskDetailTable
  task_name: TaskNameTable
  stop_request: StopRequestTable
  stop_batch: StopBatchTable
  saved_view: SavedViewTable
  gap: GapTable
  stream_heartbeat: StreamHeartbeatTable
  access_token: AccessTokenTable
  access_user: AccessUserTable
  access_session: AccessSessionTable
  audit_entry: AuditEntryTable
  worker: WorkerTable
  queue_sample: QueueSampleTable
  queue_purge: QueuePurgeTable
  purged_message: PurgedMessageTable
  alert_rule: AlertRuleTable
  alert: AlertTable
  alert_notice: AlertNoticeTable
  retention_run: RetentionRunTable
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
  /** A number, or in an application's table text: a uuid, or a bigint as the driver gives it. */
  created_by_id: number | string | null
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
  /** When the row in the application's table is to be looked at again; null in our own table, where it is written at once. */
  row_due_at: Date | null
  /** Since when it counts as lost (src/tasks/lost.ts). */
  lost_at: Date | null
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
  batch_id: string | null
  /** `KILL` and the like; null is the worker's own. */
  signal: string | null
  /** Seconds. */
  escalate_after: number | null
  escalated_at: Date | null
  cooperative: Generated<boolean>
  /** jsonb: `{worker, pool, childPid}` where it ran at the request. */
  target: JsonColumn
  /** jsonb list of `{at, why, worker, signal}`. */
  sendings: ColumnType<unknown, string | undefined, string>
  /** State of the job at the request, restored when the stop is taken back. */
  prior_state: string | null
  /** Queue and age of the task: in which order a batch is sent. */
  queue: string | null
  task_created_at: Date | null
}

export interface StopBatchTable {
  id: string
  mode: string
  requested_by: string
  reason: string | null
  requested_at: Date
  /** jsonb: the filter as it was asked, for the record; null for a list of ids. */
  filter: JsonColumn
  /** The workflow whose tasks are stopped, those that are still to come too. */
  root_id: string | null
  /** Stops in it. */
  total: number
  cancelled_at: Date | null
}

interface GapTable {
  id: Generated<string>
  kind: string
  began_at: Date
  ended_at: Date
  /** Messages or events, where that is known. */
  count: number | null
  lossy: boolean
  note: string
  /** What reconciling repaired afterwards. */
  healed: Generated<number>
  added: Generated<number>
  lost: Generated<number>
  reconciled_at: Date | null
}

interface StreamHeartbeatTable {
  id: Generated<boolean>
  /** Until then every event that reached us is written. */
  heard_at: Date
}

export interface SavedViewTable {
  id: string
  owner: string
  name: string
  /** The name as it is compared. */
  name_key: string
  /** Page of the web interface. */
  page: string
  /** jsonb: `{parameter: value}`. */
  query: ColumnType<unknown, string, string>
  /** jsonb list of column names; null: those of the page itself. */
  columns: JsonColumn
  shared: boolean
  /** The scope of its owner (src/access/scope.ts). */
  scope_key: string
  created_at: Date
  updated_at: Date
}

/** jsonb that is always there. */
type StoredJson = ColumnType<unknown, string, string>

export interface AccessTokenTable {
  id: string
  /** The part of the token that finds this row; no secret. */
  prefix: string
  /** SHA-256 of the secret part. */
  digest: Buffer
  name: string
  role: string
  scope: StoredJson
  created_at: Date
  created_by: string
  expires_at: Date | null
  revoked_at: ColumnType<Date | null, undefined, Date>
  last_used_at: ColumnType<Date | null, undefined, Date>
}

export interface AccessUserTable {
  name: string
  /** An Argon2id hash in its own notation. */
  password: string
  role: string
  scope: StoredJson
  created_at: Date
  disabled_at: Date | null
}

interface AccessSessionTable {
  /** SHA-256 of what the cookie holds. */
  digest: Buffer
  /** jsonb: the identity as it was when it signed in. */
  identity: StoredJson
  created_at: Date
  expires_at: Date
}

export interface AuditEntryTable {
  /** bigint comes as text. */
  seq: ColumnType<string, number | string, never>
  at: Date
  who: string
  address: string
  /** Such as `task.stop`. */
  action: string
  /** The id or name of what it was done to. */
  target: string | null
  /** jsonb: filter, reason and the like. */
  detail: StoredJson
  /** HTTP status of the answer. */
  status: number
  previous: Buffer
  hash: Buffer
}

/** Workers that were there, those that are gone for a while. */
interface WorkerTable {
  name: string
  first_seen_at: Date
  last_seen_at: Date
  /** It said goodbye. */
  stopped: boolean
  restarts: number
  /** bigint: the driver gives it as text. */
  pid: ColumnType<string | null, number | null, number | null>
  pool: string | null
  concurrency: number | null
  version: string | null
}

interface QueueSampleTable {
  queue: string
  at: Date
  waiting: number
  /** Tasks that workers took since the sample before. */
  taken: number
  /** Since when the oldest message waits. */
  oldest_at: Date | null
}

export interface QueuePurgeTable {
  id: string
  queue: string
  requested_by: string
  reason: string | null
  requested_at: Date
  /** When it last deleted something: one that has not for long was interrupted. */
  touched_at: Date
  ended_at: Date | null
  /** Messages at the beginning. */
  waiting: number
  deleted: Generated<number>
  /** Messages that workers took before they could be deleted. */
  taken: Generated<number>
  /** Messages that the export does not hold whole. */
  incomplete: Generated<number>
  /** Why it ended before all was deleted. */
  problem: string | null
}

interface PurgedMessageTable {
  purge_id: string
  position: number
  /** JSON. */
  line: string
}

export interface AlertRuleTable {
  id: string
  name: string
  /** As src/alerts/rule.ts has it. */
  condition: StoredJson
  fires_after: number
  resolves_after: number
  channels: string[]
  enabled: boolean
  muted_until: Date | null
  created_by: string
  created_at: Date
  updated_at: Date
}

export interface AlertTable {
  id: string
  rule_id: string
  rule_name: string
  kind: string
  subject: string
  sentence: string
  link: string
  /** Since when the condition holds. */
  holds_since: Date
  /** null: it has not held for long enough. */
  fired_at: Date | null
  /** Since when it does not hold any more, while that does not count yet. */
  clear_since: Date | null
  ended_at: Date | null
  /** Whether channels were told. */
  announced: Generated<boolean>
}

interface AlertNoticeTable {
  /** bigint: the driver gives it as text. */
  id: Generated<string>
  alert_id: string
  channel: string
  event: 'fired' | 'resolved'
  created_at: Date
  /** Not sent before. */
  due_at: Date
  attempts: Generated<number>
  sent_at: Date | null
  given_up_at: Date | null
  /** Why the last attempt failed. */
  problem: string | null
}

/** bigint: the driver gives it as text. */
type Count = ColumnType<string, number | undefined, number>

export interface RetentionRunTable {
  id: string
  started_at: Date
  /** null: it goes on, or was interrupted. */
  ended_at: Date | null
  /** null: it ran by itself. */
  requested_by: string | null
  looked: Count
  /** jsonb: `{number of the rule: tasks}`. */
  deleted: ColumnType<unknown, string | undefined, string>
  skipped: Count
  stops: Count
  archived_tasks: Count
  archived_bytes: Count
  /** It looked at all there is. */
  through: Generated<boolean>
  problem: string | null
}
