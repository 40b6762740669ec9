import { type Kysely, sql } from 'kysely'
import { contribution } from './011-rollups.js'

/**
 * Makes ingest write less.
 *
 * Ids of jobs come in order of time where PostgreSQL makes such (18 and later): new rows then share the pages at the end of
 * the primary key instead of touching one each. Timelines of records are lists (src/tasks/timeline.ts). Rows that were
 * inserted are told to the rollup one by one: hardly two are alike, and it adds them up anyway.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    do $$ begin
      if current_setting('server_version_num')::int >= 180000 then
        alter table job alter column id set default uuidv7();
      end if;
    end $$`.execute(db)
  await sql`
    update task_detail d
       set record = jsonb_set(record::jsonb, '{timeline}', coalesce((
             select jsonb_agg(value || case when key = ${identity} then '{}' else jsonb_build_object('id', key) end
                              order by (value ->> 'at')::float8, ${lifeOrder}, key collate "C")
               from jsonb_each(record::jsonb -> 'timeline')), '[]'))::json
     where json_typeof(record -> 'timeline') = 'object'`.execute(db)
  await sql`
    create or replace function rollup_insert() returns trigger language plpgsql as $$
    begin
      insert into crisper.job_rollup_delta
      select ${contribution}, 1 from new_rows;
      return null;
    end $$`.execute(db)
}

const identity = sql`concat_ws('|', value ->> 'type', value ->> 'worker', value ->> 'at')`
const lifeOrder = sql`
  coalesce(array_position(array['task-sent', 'task-received', 'task-started', 'custom', 'task-retried'], value ->> 'type'), 6)`
