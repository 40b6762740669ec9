import type pg from 'pg'
import { z } from 'zod'
import { type DueTask, dueTask, type Expiring, type Slice } from './expiring.js'
import type { DueState, Judgement } from './judgement.js'
import { deletedBy, linesOf } from './slice-rows.js'

/** Tasks that an open stop names are kept: it is not known yet what becomes of them. */
const openStops = 'select task_id from stop_request where ended_at is null'

/** Time and id as the database writes them, for a Date would lose microseconds. */
const beginning = { at: '-infinity', id: '00000000-0000-0000-0000-000000000000' }

const looked = z.object({
  looked: z.number(),
  last: z.object({ at: z.string(), id: z.string() }).nullable(),
  due: z.array(dueTask),
})

/**
 * $1: a state, $2: no younger ones, $3 and $4: behind which time and id, $5: rows. By the index on state and time. `xmin`
 * is the version of a row: every write changes it, to lock it does not.
 */
function nextSlice({ rule, since, due }: Judgement): string {
  return `
  with looked as materialized (
    select j.task_id, j.id, j.created_at, j.xmin::text as version, j.state, j.meta ->> 'task_type' as task_type,
           ${rule} as rule, ${since} as since
      from job j
     where j.state = $1
       and j.created_at < $2
       and (j.created_at, j.id) > ($3::timestamptz, $4::uuid)
     order by j.created_at, j.id
     limit $5
  )
  select (select count(*)::int from looked) as looked,
         (select json_build_object('at', created_at::text, 'id', id)
            from looked order by created_at desc, id desc limit 1) as last,
         (select coalesce(json_agg(json_build_object(
                   'taskId', task_id, 'version', version, 'rule', rule, 'state', state, 'taskType', task_type,
                   'since', since)), '[]')
            from looked
           where ${due}
             and task_id not in (${openStops})) as due`
}

/**
 * $1: ids, $2: their versions. Ingest locks the record of a task before its row; here it is the other way round, and so
 * that neither waits for the other for ever nothing waits: what is locked is skipped.
 */
const deleteSlice = `
  with wanted as materialized (
    select * from unnest($1::text[], $2::text[]) as w(task_id, version)
  ),
  held as materialized (
    select j.task_id
      from job j
      join wanted w on w.task_id = j.task_id
     where j.xmin::text = w.version
       and j.task_id not in (${openStops})
       for update of j skip locked
  ),
  held_details as materialized (
    select d.task_id
      from task_detail d
     where d.task_id in (select task_id from held)
       for update skip locked
  ),
  free as materialized (
    select task_id
      from held
     where task_id in (select task_id from held_details)
        or not exists (select from task_detail d where d.task_id = held.task_id)
  ),
  details as (
    delete from task_detail where task_id in (select task_id from free)
  )
  delete from job where task_id in (select task_id from free)
  returning task_id`

const linesOfSlice = `
  select j.task_id, json_build_object('job', to_json(j), 'detail', to_json(d))::text as line
    from job j
    join unnest($1::text[], $2::text[]) as w(task_id, version) on w.task_id = j.task_id
    left join task_detail d on d.task_id = j.task_id
   where j.xmin::text = w.version`

/** Tasks in our own table, with all that is known of them: state by state, oldest first. */
export class OwnTasks implements Expiring {
  readonly #pool: pg.Pool
  readonly #nextSlice: string
  #states: readonly DueState[]
  #position = beginning

  constructor(pool: pg.Pool, judgement: Judgement) {
    this.#pool = pool
    this.#nextSlice = nextSlice(judgement)
    this.#states = judgement.states
  }

  async next(size: number): Promise<Slice | undefined> {
    const [now, ...later] = this.#states
    if (now === undefined) return undefined
    const { at, id } = this.#position
    const { rows } = await this.#pool.query(this.#nextSlice, [now.state, now.before, at, id, size])
    const slice = looked.parse(rows[0])
    const isThrough = slice.looked < size || slice.last === null
    if (isThrough) this.#states = later
    this.#position = isThrough || slice.last === null ? beginning : slice.last
    return slice
  }

  lines(due: readonly DueTask[]): Promise<Map<string, string>> {
    return linesOf(this.#pool, linesOfSlice, due)
  }

  delete(due: readonly DueTask[]): Promise<ReadonlySet<string>> {
    return deletedBy(this.#pool, deleteSlice, due)
  }
}
