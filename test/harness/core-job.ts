import type pg from 'pg'

export interface CoreJobOptions {
  /** Default `core_job`. */
  readonly name?: string
  readonly userIdType?: 'integer' | 'bigint' | 'uuid'
  /** More column definitions. */
  readonly extra?: readonly string[]
}

/** The table of the data contract as Django's migration creates it: no defaults in the database, three indexes. */
export async function createCoreJob(
  pool: Pick<pg.Pool, 'query'>,
  { name = 'core_job', userIdType = 'integer', extra = [] }: CoreJobOptions = {},
): Promise<void> {
  const columns = [
    'id uuid primary key',
    'task_id varchar(100) not null unique',
    'task_name varchar(255) not null',
    'queue varchar(100)',
    'worker varchar(200)',
    'kind varchar(64) not null',
    'tenant_id varchar(64)',
    `created_by_id ${userIdType}`,
    'state varchar(16) not null',
    'created_at timestamptz not null',
    'enqueued_at timestamptz',
    'started_at timestamptz',
    'finished_at timestamptz',
    'eta timestamptz',
    'expires timestamptz',
    'retries integer not null check (retries >= 0)',
    'max_retries integer not null check (max_retries >= 0)',
    'priority integer',
    'total integer check (total >= 0)',
    'done integer check (done >= 0)',
    'by_category jsonb',
    'meta jsonb',
    'result jsonb',
    'error text',
    ...extra,
  ]
  const index = name.replaceAll(/\W/g, '_')
  await pool.query(`
    create table ${name} (${columns.join(', ')});
    create index ${index}_state on ${name} (state, created_at desc);
    create index ${index}_kind on ${name} (kind, created_at desc);
    create index ${index}_tenant on ${name} (tenant_id, created_at desc);`)
}
