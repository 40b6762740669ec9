/** PostgreSQL's names of the types that a column may have, and how many characters it must hold. */
export interface ColumnNeed {
  readonly types: readonly string[]
  readonly characters?: number
}

const text = (characters: number): ColumnNeed => ({ types: ['character varying', 'text'], characters })
const time: ColumnNeed = { types: ['timestamp with time zone'] }
const whole: ColumnNeed = { types: ['integer', 'bigint', 'smallint'] }
const json: ColumnNeed = { types: ['jsonb'] }

/** The columns of the data contract (`core_job` of the application) with what each must be able to hold. */
export const neededColumns: Readonly<Record<string, ColumnNeed>> = {
  id: { types: ['uuid'] },
  task_id: text(36),
  task_name: text(255),
  queue: text(100),
  worker: text(200),
  kind: text(64),
  tenant_id: text(64),
  created_by_id: { types: ['integer', 'bigint', 'smallint', 'uuid'] },
  state: text(16),
  created_at: time,
  enqueued_at: time,
  started_at: time,
  finished_at: time,
  eta: time,
  expires: time,
  retries: whole,
  max_retries: whole,
  priority: whole,
  total: whole,
  done: whole,
  by_category: json,
  meta: json,
  result: json,
  error: text(1000),
}
