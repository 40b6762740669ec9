import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/schema.js'

/** What kept events from us. */
export const gapKinds = [
  /** Crisper itself was off. */
  'outage',
  /** The connection to the broker was lost. */
  'reconnect',
  /** Redis closed the connection that reads events, since it had fallen behind. */
  'subscriber_dropped',
  /** More waited for the database than is kept in memory. */
  'overflow',
  /** What could not be read, or not be stored. */
  'malformed',
] as const

type GapKind = (typeof gapKinds)[number]

export interface NewGap {
  readonly kind: GapKind
  readonly began: Date
  readonly ended: Date
  /** Messages, where they could be counted. */
  readonly count: number | null
  /** Whether events are missing, as far as can be told. */
  readonly lossy: boolean
  /** One sentence for people. */
  readonly note: string
}

export interface Gap extends NewGap {
  readonly id: string
  /** What reconciling repaired afterwards. */
  readonly repaired: Repairs & { readonly at: Date | null }
}

export interface Repairs {
  readonly healed: number
  readonly added: number
  readonly lost: number
}

/** The latest are kept. */
const most = 1000
/** After a gap so long, what reconciling repairs is put down to it. */
const repairedWithin = sql`interval '1 hour'`

/** The gaps in what was heard, and until when everything was. */
export class GapStore {
  readonly #db: Kysely<Database>

  constructor(db: Kysely<Database>) {
    this.#db = db
  }

  async add(gap: NewGap): Promise<void> {
    const { id } = await this.#db
      .insertInto('gap')
      .values({
        kind: gap.kind,
        began_at: gap.began,
        ended_at: gap.ended,
        count: gap.count,
        lossy: gap.lossy,
        note: gap.note,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await this.#db.deleteFrom('gap').where(sql<boolean>`id <= ${id}::bigint - ${most}`).execute()
  }

  /** Adds to the gap of that kind and words which ended after `since`; where there is none, a new one is made. */
  async extend(gap: NewGap & { readonly count: number }, since: Date): Promise<void> {
    const { numUpdatedRows } = await this.#db
      .updateTable('gap')
      .set({ ended_at: gap.ended, count: sql`count + ${gap.count}` })
      .where('kind', '=', gap.kind)
      .where('note', '=', gap.note)
      .where('ended_at', '>=', since)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) await this.add(gap)
  }

  /** Puts down what was repaired to the latest gap, where there was one not long ago. */
  async credit({ healed, added, lost }: Repairs): Promise<void> {
    await this.#db
      .updateTable('gap')
      .set({
        healed: sql`healed + ${healed}`,
        added: sql`added + ${added}`,
        lost: sql`lost + ${lost}`,
        reconciled_at: sql`now()`,
      })
      .where('id', '=', (latest) =>
        latest
          .selectFrom('gap')
          .select('id')
          .where('lossy', '=', true)
          .where('kind', '<>', 'malformed')
          .where('ended_at', '>', sql<Date>`now() - ${repairedWithin}`)
          .orderBy('ended_at', 'desc')
          .orderBy('id', 'desc')
          .limit(1),
      )
      .execute()
  }

  /** The latest, the latest first. By the index on ended_at. */
  async latest(limit: number): Promise<Gap[]> {
    return await this.#select((query) => query.limit(limit))
  }

  /** Those in which events of a task may be missing that lived in that time, whatever task they were of. */
  async within(from: Date, to: Date): Promise<Gap[]> {
    return await this.#select((query) =>
      query
        .where('lossy', '=', true)
        .where('kind', '<>', 'malformed')
        .where('ended_at', '>=', from)
        .where('began_at', '<=', to)
        .limit(mostWithin),
    )
  }

  /** Until when everything that came is written; undefined before the first time. */
  async heardUntil(): Promise<Date | undefined> {
    const row = await this.#db.selectFrom('stream_heartbeat').select('heard_at').executeTakeFirst()
    return row?.heard_at
  }

  async heard(at: Date): Promise<void> {
    await this.#db
      .insertInto('stream_heartbeat')
      .values({ heard_at: at })
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet({ heard_at: sql`greatest(stream_heartbeat.heard_at, excluded.heard_at)` }),
      )
      .execute()
  }

  async #select(narrow: (query: GapQuery) => GapQuery): Promise<Gap[]> {
    const rows = await narrow(gapQuery(this.#db)).execute()
    return rows.map((row) => ({
      id: row.id,
      kind: gapKinds.find((kind) => kind === row.kind) ?? 'outage',
      began: row.began_at,
      ended: row.ended_at,
      count: row.count,
      lossy: row.lossy,
      note: row.note,
      repaired: { healed: row.healed, added: row.added, lost: row.lost, at: row.reconciled_at },
    }))
  }
}

const mostWithin = 20

type GapQuery = ReturnType<typeof gapQuery>

function gapQuery(db: Kysely<Database>) {
  return db.selectFrom('gap').selectAll().orderBy('ended_at', 'desc').orderBy('id', 'desc')
}
