import { type Kysely, sql } from 'kysely'

/**
 * Rollups: how many jobs were created in each minute, hour and day, by what they are, with histograms of their times.
 *
 * Triggers append to `job_rollup_delta` what each statement changed, in the transaction that changed it, whoever wrote:
 * ingest, an import, retention, an older version of Crisper during an upgrade. Appending makes no two writers wait for each
 * other; src/tasks/rollup/fold.ts adds the deltas up. The sum of both tables is always what a recount of `job` would say.
 *
 * `time_bin` sorts seconds into bins that are 5 % wide (src/tasks/rollup/histogram.ts). The view `job_contribution` says
 * what one job adds; the triggers say the same of old and new rows.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function time_bin(seconds double precision) returns smallint
      language sql immutable strict parallel safe
      as $$ select case when seconds <= 0.001 then -142 else ceil(ln(seconds) / ln(1.05)) end::smallint $$`.execute(
    db,
  )
  await sql`create view job_contribution as select created_at, ${contribution} from job`.execute(db)

  await sql`
    create table job_rollup_delta (
      minute timestamptz not null,
      task_name text not null,
      task_type text not null,
      kind text not null,
      tenant_id text,
      company_id text,
      state text not null,
      wait_bin smallint,
      run_bin smallint,
      n integer not null
    ) with (autovacuum_enabled = false)`.execute(db)
  await sql`
    create table rollup_key (
      id integer generated always as identity primary key,
      identity uuid not null unique,
      level text not null check (level in ('type', 'name', 'owner')),
      task_name text,
      task_type text not null,
      kind text not null,
      tenant_id text,
      company_id text,
      state text not null
    )`.execute(db)
  await sql`
    create table job_rollup (
      key_id integer not null,
      span smallint not null check (span in (1, 60, 1440)),
      bucket timestamptz not null,
      n integer not null,
      wait_bins smallint[],
      wait_counts integer[],
      run_bins smallint[],
      run_counts integer[],
      primary key (key_id, span, bucket)
    ) with (fillfactor = 80)`.execute(db)
  await sql`create table rollup_state (id boolean primary key default true check (id), built_at timestamptz)`.execute(
    db,
  )
  // Where there are jobs already, the first start builds it beside its work.
  await sql`insert into rollup_state (built_at) select case when exists (select from job) then null else now() end`.execute(
    db,
  )
  await createTriggers(db)

  // The company is the one that a job names, or else its tenant: an index for exactly that keeps lists of one in order.
  await sql`drop index job_company`.execute(db)
  await sql`
    create index job_company on job ((coalesce(nullif(meta ->> 'company_id', ''), nullif(tenant_id, ''))), created_at desc)`.execute(
    db,
  )
}

const started = sql`greatest(0, date_part('epoch', started_at - coalesce(enqueued_at, created_at)))`
const ran = sql`greatest(0, date_part('epoch', finished_at - started_at))`

/** What a job adds to the rollup, from a row of `job`. */
export const contribution = sql`
  date_trunc('minute', created_at, 'UTC') as minute,
  task_name::text,
  coalesce(meta ->> 'task_type', kind) as task_type,
  kind::text,
  tenant_id::text,
  meta ->> 'company_id' as company_id,
  state::text,
  crisper.time_bin(case when started_at is not null then ${started} end) as wait_bin,
  crisper.time_bin(case when state in ('SUCCESS', 'FAILURE') and started_at is not null and finished_at is not null then ${ran} end) as run_bin`

async function createTriggers(db: Kysely<unknown>): Promise<void> {
  const added = sql`select ${contribution}, 1 as n from new_rows`
  const taken = sql`select ${contribution}, -1 as n from old_rows`
  const [newRows, oldRows] = [sql`new table as new_rows`, sql`old table as old_rows`]
  const triggers = {
    insert: { changed: added, rows: newRows },
    delete: { changed: taken, rows: oldRows },
    update: { changed: sql`${taken} union all ${added}`, rows: sql`${oldRows} ${newRows}` },
  }
  for (const [verb, { changed, rows }] of Object.entries(triggers)) {
    const name = sql.raw(`rollup_${verb}`)
    await sql`
      create function ${name}() returns trigger language plpgsql as $$
      begin
        insert into crisper.job_rollup_delta
        select minute, task_name, task_type, kind, tenant_id, company_id, state, wait_bin, run_bin, sum(n)
          from (${changed}) c
         group by 1, 2, 3, 4, 5, 6, 7, 8, 9
        having sum(n) <> 0;
        return null;
      end $$`.execute(db)
    await sql`
      create trigger ${name} after ${sql.raw(verb)} on job referencing ${rows}
        for each statement execute function ${name}()`.execute(db)
  }
}
