import type pg from 'pg'
import { z } from 'zod'
import { type JobsTable, quotedTable } from '../db/jobs-table/jobs-table.js'
import type { DueTask, Expiring, Slice } from './expiring.js'
import type { Judgement } from './judgement.js'
import { deletedBy, linesOf } from './slice-rows.js'

/** Seconds after the last word of a task whose row is gone: one that was only just written is left alone. */
const goneAfterS = 86_400

const openStops = 'select task_id from stop_request where ended_at is null'

/** $1: behind which id, $2: rows. Those whose rows are still to be written are left alone. */
const nextDetails = `
  select task_id, xmin::text as version, row_due_at is null as settled
    from task_detail
   where task_id > $1
   order by task_id
   limit $2`

/** $1: ids. As a list, since their collation may be another there. */
function judged(table: JobsTable, { rule, since, due }: Judgement): string {
  return `
  with rows as materialized (
    select j.task_id, j.state, j.meta ->> 'task_type' as task_type, ${rule} as rule, ${since} as since
      from ${quotedTable(table)} j
     where j.task_id = any($1::text[])
  )
  select task_id, state, task_type, rule, since, coalesce(${due}, false) as due from rows`
}

/** $1: ids, $2: seconds. What was last heard of them is in the record. */
const silent = `
  select d.task_id, to_timestamp(t.at) as since
    from task_detail d,
         lateral (select coalesce((d.record -> 'state' ->> 'at')::float8, (d.record ->> 'firstSeenAt')::float8) as at) t
   where d.task_id = any($1::text[])
     and t.at < extract(epoch from now()) - $2::int`

const deleteSlice = `
  with held as materialized (
    select d.task_id
      from task_detail d
      join unnest($1::text[], $2::text[]) as w(task_id, version) on w.task_id = d.task_id
     where d.xmin::text = w.version
       and d.task_id not in (${openStops})
       for update of d skip locked
  )
  delete from task_detail where task_id in (select task_id from held)
  returning task_id`

const linesOfSlice = `
  select d.task_id, json_build_object('detail', to_json(d))::text as line
    from task_detail d
    join unnest($1::text[], $2::text[]) as w(task_id, version) on w.task_id = d.task_id
   where d.xmin::text = w.version`

const detailRow = z.object({ task_id: z.string(), version: z.string(), settled: z.boolean() })
const judgedRow = z.object({
  task_id: z.string(),
  state: z.string(),
  task_type: z.string().nullable(),
  rule: z.number().nullable(),
  since: z.date(),
  due: z.boolean(),
})
const silentRow = z.object({ task_id: z.string(), since: z.date() })

/**
 * With an application's table only what is ours ages: the details of tasks whose rows are older than the rules keep
 * them, or gone. The rows are the application's, and stay. By the ids of the details, a page of ids at a time.
 */
export class AttachedDetails implements Expiring {
  readonly #pool: pg.Pool
  readonly #longestId: number
  readonly #judged: string
  #position = ''
  #through = false

  constructor(pool: pg.Pool, table: JobsTable, judgement: Judgement) {
    this.#pool = pool
    this.#longestId = table.taskIdLength ?? Number.POSITIVE_INFINITY
    this.#judged = judged(table, judgement)
  }

  async next(size: number): Promise<Slice | undefined> {
    if (this.#through) return undefined
    const { rows } = await this.#pool.query(nextDetails, [this.#position, size])
    const details = z.array(detailRow).parse(rows)
    this.#through = details.length < size
    this.#position = details.at(-1)?.task_id ?? this.#position
    const versions = new Map(
      details.filter(({ settled }) => settled).map(({ task_id, version }) => [task_id, version]),
    )
    return { looked: details.length, due: await this.#dueOf(versions) }
  }

  lines(due: readonly DueTask[]): Promise<Map<string, string>> {
    return linesOf(this.#pool, linesOfSlice, due)
  }

  delete(due: readonly DueTask[]): Promise<ReadonlySet<string>> {
    return deletedBy(this.#pool, deleteSlice, due)
  }

  async #dueOf(versions: ReadonlyMap<string, string>): Promise<DueTask[]> {
    const ids = [...versions.keys()]
    if (ids.length === 0) return []
    const judgements = z.array(judgedRow).parse((await this.#pool.query(this.#judged, [ids])).rows)
    const old = judgements
      .filter(({ due }) => due)
      .map(({ task_id, state, task_type, rule, since }) => ({
        taskId: task_id,
        state,
        taskType: task_type,
        rule,
        since,
      }))
    const known = new Set(judgements.map(({ task_id }) => task_id))
    const gone = await this.#goneOf(ids.filter((id) => !known.has(id)))
    return [...old, ...gone].map((task) => ({
      ...task,
      since: task.since.toISOString(),
      version: versions.get(task.taskId) ?? '',
    }))
  }

  /** A task whose id is too long for the table never had a row: its detail is all there is, and stays. */
  async #goneOf(rowless: readonly string[]) {
    const ids = rowless.filter((id) => id.length <= this.#longestId)
    if (ids.length === 0) return []
    const found = z.array(silentRow).parse((await this.#pool.query(silent, [ids, goneAfterS])).rows)
    return found.map(({ task_id: taskId, since }) => ({
      taskId,
      state: null,
      taskType: null,
      rule: null,
      since,
    }))
  }
}
