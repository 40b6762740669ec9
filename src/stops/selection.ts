import { type Kysely, type Selectable, type SelectQueryBuilder, sql, type Transaction } from 'kysely'
import { isEverything, type Scope } from '../access/scope.js'
import type { Database } from '../db/schema.js'
import { conditions, type TaskFilter } from '../tasks/filter.js'
import { finishedStates } from '../tasks/job.js'
import { storable } from '../tasks/storable.js'
import { orderColumns } from './row.js'
import { openStatuses, type StopOrder } from './stop.js'

/**
 * Which tasks a batch stops: those unfinished that match a filter, or these ids. Within a scope that leaves any out, ids
 * that are not known are left out too: nobody can say whose they are.
 */
export type Selection =
  | { readonly filter: TaskFilter; readonly asked: object }
  | { readonly taskIds: readonly string[]; readonly scope: Scope }

type Candidate = Pick<Selectable<Database['job']>, 'queue' | 'worker'> & {
  task_id: string
  state: string | null
  created_at: Date | null
}

type Candidates = SelectQueryBuilder<Omit<Database, 'job'> & { job: Candidate }, 'job', object>

/** The tasks of a selection that there is something to stop about: unfinished, and not stopped as hard already. */
export function matching(db: Kysely<Database>, order: StopOrder, selection: Selection): Candidates {
  return candidates(db, selection).where((eb) =>
    eb.not(
      eb.exists(
        eb
          .selectFrom('stop_request as other')
          .select('other.id')
          .whereRef('other.task_id', '=', 'job.task_id')
          .where('other.status', 'in', openStatuses)
          .where('other.mode', 'in', order.mode === 'hard' ? ['hard'] : ['soft', 'hard']),
      ),
    ),
  )
}

/** Writes a stop for each of them, waiting for its turn; answers how many. */
export async function insertStops(
  db: Transaction<Database>,
  batchId: string,
  order: StopOrder,
  selection: Selection,
): Promise<number> {
  const columns = orderColumns(order)
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('stop_request')
    .columns([
      'id',
      'task_id',
      'status',
      'requested_at',
      'known',
      'explanation',
      'batch_id',
      'prior_state',
      'queue',
      'task_created_at',
      'mode',
      'requested_by',
      'reason',
      'signal',
      'escalate_after',
      'cooperative',
    ])
    .expression(
      matching(db, order, selection).select([
        sql`gen_random_uuid()`.as('id'),
        'task_id',
        sql`'requested'`.as('status'),
        sql`now()`.as('requested_at'),
        sql`state is not null`.as('known'),
        sql`'Waits for its turn in the batch.'`.as('explanation'),
        sql`${batchId}::uuid`.as('batch_id'),
        'state',
        'queue',
        'created_at',
        sql`${columns.mode}::text`.as('mode'),
        sql`${columns.requested_by}::text`.as('requested_by'),
        sql`${columns.reason}::text`.as('reason'),
        sql`${columns.signal}::text`.as('signal'),
        sql`${columns.escalate_after}::double precision`.as('escalate_after'),
        sql`${columns.cooperative}::boolean`.as('cooperative'),
      ]),
    )
    .executeTakeFirst()
  return Number(numInsertedOrUpdatedRows ?? 0)
}

function candidates(db: Kysely<Database>, selection: Selection): Candidates {
  if ('filter' in selection) {
    return db.selectFrom(
      db
        .selectFrom('job')
        .select(['task_id', 'state', 'queue', 'worker', 'created_at'])
        .where('state', 'not in', finishedStates)
        .where((eb) => conditions(eb, selection.filter))
        .$castTo<Candidate>()
        .as('job'),
    )
  }
  const ids = [...new Set(selection.taskIds.map(storable))]
  if (!isEverything(selection.scope)) return visible(db, ids, selection.scope)
  return db.selectFrom(
    sql<Candidate>`(
      select wanted.task_id, job.state, job.queue, job.worker, job.created_at
        from unnest(${ids}::text[]) as wanted(task_id)
        left join ${sql.table('job')} on job.task_id = wanted.task_id
       where job.state is null or job.state not in (${sql.join(finishedStates)}))`.as('job'),
  )
}

function visible(db: Kysely<Database>, ids: readonly string[], scope: Scope): Candidates {
  return db.selectFrom(
    db
      .selectFrom('job')
      .select(['task_id', 'state', 'queue', 'worker', 'created_at'])
      .where(sql<boolean>`task_id = any(${ids}::text[])`)
      .where('state', 'not in', finishedStates)
      .where((eb) => conditions(eb, { scope }))
      .$castTo<Candidate>()
      .as('job'),
  )
}
