import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Cluster } from '../harness/cluster.js'
import { oppositeCorners } from '../harness/corners.js'
import { TestCrisper } from '../harness/crisper.js'
import { DjangoApplication } from '../harness/django-application.js'
import { eventually } from '../harness/eventually.js'

const many = process.env.CRISPER_TEST_MATRIX === '1' ? 10_000 : 600
const deadlineMs = 60_000 + many * 60

/**
 * Every write to a row, with who did it. `behind` is one of ours that undid something: an end became none, a state went
 * back within the same try, progress or an owner or keys of meta were lost.
 */
const history = `
  create table row_history (task_id text, by_crisper boolean, what text, old jsonb, new jsonb);
  grant insert on row_history to crisper_role;
  create function rank_of(state text) returns integer language sql immutable as $$
    select array_position(
      array['PENDING', 'SENT', 'RECEIVED', 'STARTED', 'PROGRESS', 'RETRY', 'REVOKED', 'FAILURE', 'SUCCESS'], state)
  $$;
  create function note_write() returns trigger language plpgsql as $$
  declare what text;
  begin
    what := case
      when rank_of(old.state) > 6 and new.state <> old.state then 'left its end'
      when rank_of(new.state) < rank_of(old.state) and new.retries <= old.retries
           and not (old.state = 'RETRY') then 'state went back'
      when old.done is not null and (new.done is null or new.done < old.done) then 'lost progress'
      when old.tenant_id is distinct from new.tenant_id and old.tenant_id is not null then 'lost its tenant'
      when old.meta is not null and not coalesce(new.meta, '{}') @> old.meta then 'lost keys of meta'
    end;
    if current_user = 'crisper_role' and what is not null then
      insert into row_history values (new.task_id, true, what, to_jsonb(old), to_jsonb(new));
    end if;
    return new;
  end $$;
  create trigger note_write after update on core_job for each row execute function note_write();`

const row = z.object({
  task_id: z.string(),
  task_name: z.string(),
  state: z.string(),
  kind: z.string(),
  tenant_id: z.string().nullable(),
  done: z.number().nullable(),
  total: z.number().nullable(),
  meta: z.record(z.string(), z.unknown()),
  finished_at: z.date(),
  started_at: z.date(),
  retries: z.number(),
})

const expectedKind: Readonly<Record<string, string>> = {
  'etl.load_rows': 'etl',
  'import.run_import_job': 'import_template',
  'multitenancy.tasks.send_user_email': 'email',
  'ML.tasks.train_model_task': 'ml_training',
}

describe.each(oppositeCorners())(
  'a Django application on $kind, Celery $celery.version',
  ({ kind, celery }) => {
    let cluster: Cluster
    let application: DjangoApplication
    let crisper: TestCrisper
    const flags = () => [
      ...cluster.crisperFlags,
      ...['--database', application.crisperUrl, '--jobs-table', 'core_job'],
    ]

    beforeAll(async () => {
      cluster = await Cluster.start(kind, celery)
      application = await DjangoApplication.start(cluster)
      await application.pool.query(history)
      await application.startWorker('d1')
      await application.startWorker('d2')
      crisper = await TestCrisper.start(flags())
    })

    afterAll(async () => {
      await crisper?.end()
      await application?.stop()
      await cluster?.stop()
    })

    test(`${many} tasks that its own handlers write, too, over a kill -9`, {
      timeout: 2 * deadlineMs,
    }, async () => {
      const { pool } = application
      const publishing = application.publish(many)
      const finished = async () => {
        const { rows } = await pool.query<{ n: number }>(
          "select count(*)::int as n from core_job where state in ('SUCCESS', 'FAILURE')",
        )
        return rows[0]?.n ?? 0
      }
      await eventually('a third to be done', finished, (n) => n > many / 3, deadlineMs)
      await crisper.kill()
      await eventually('half to be done', finished, (n) => n > many / 2, deadlineMs)
      crisper = await TestCrisper.start(flags())
      const ids = await publishing
      await eventually('all to be done', finished, (n) => n === many, deadlineMs)

      const untyped = async () => {
        const { rows } = await pool.query(
          "select * from core_job where kind = 'other' or meta ->> 'task_type' is distinct from kind limit 2",
        )
        return rows
      }
      await eventually('every row to have its type', untyped, (without) => without.length === 0, 90_000)
      const rows = z.array(row).parse((await pool.query('select * from core_job')).rows)
      expect(rows.map(({ task_id }) => task_id).sort()).toEqual(ids.toSorted())
      const states = await cluster.publisher.states(ids)
      for (const { task_id, task_name, state, kind, done, total, meta, started_at, finished_at } of rows) {
        expect({ task_id, state, kind }).toEqual({
          task_id,
          state: states[task_id],
          kind: expectedKind[task_name],
        })
        expect(started_at.getTime()).toBeLessThanOrEqual(finished_at.getTime())
        if (task_name === 'etl.load_rows')
          expect({ done, step: meta.step }).toEqual({ done: total, step: total })
      }
      const { rows: undone } = await pool.query('select what, old, new from row_history limit 5')
      expect(undone).toEqual([])
      const { rows: deadlocks } = await pool.query('select sum(deadlocks)::int as n from pg_stat_database')
      expect(deadlocks).toEqual([{ n: 0 }])
      expect(application.workerLogs()).not.toMatch(
        /deadlock|OperationalError|IntegrityError|Signal handler .* raised/,
      )
    })
  },
)
