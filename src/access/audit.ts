import { type Kysely, type SqlBool, sql } from 'kysely'
import type { Database } from '../db/schema.js'
import { storable, storableJson } from '../tasks/storable.js'
import { type AuditEntry, beginning, type Deed, hashOf, toDeed, toEntry } from './audit-entry.js'

/** Which entries are meant; what is absent does not filter. */
export interface AuditFilter {
  readonly who?: string | undefined
  /** Exact, or with a dot at its end all that start with it: `stop.`. */
  readonly action?: string | undefined
  readonly target?: string | undefined
  readonly after?: Date | undefined
  readonly before?: Date | undefined
}

/** What `verify` found. */
export interface Verified {
  readonly entries: number
  /** The last good one; keep it elsewhere, and a chain that was cut or written anew is noticed too. */
  readonly last: AuditEntry | null
  /** Number of the first entry that does not follow from the one before, and what is wrong with it. */
  readonly broken: { readonly seq: number; readonly why: string } | null
}

const lock = sql`select pg_advisory_xact_lock(hashtextextended('crisper audit', 0))`
const slice = 1000

/** Who did what: only ever added to, each entry bound to the one before by its hash. */
export class Audit {
  readonly #db: Kysely<Database>

  constructor(db: Kysely<Database>) {
    this.#db = db
  }

  /** Resolves once it is committed. */
  async add(deed: Deed): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      await lock.execute(trx)
      const last = await trx
        .selectFrom('audit_entry')
        .select(['seq', 'hash'])
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst()
      const seq = Number(last?.seq ?? 0) + 1
      const previous = last?.hash ?? beginning
      const stored = asStored(deed)
      await trx
        .insertInto('audit_entry')
        .values({
          ...stored,
          seq,
          detail: JSON.stringify(stored.detail),
          previous,
          hash: hashOf(previous, seq, stored),
        })
        .execute()
    })
  }

  /** Newest first, from those before the number `cursor` on. */
  async list(
    filter: AuditFilter,
    { limit, cursor }: { readonly limit: number; readonly cursor?: number | undefined },
  ): Promise<{ readonly entries: readonly AuditEntry[]; readonly nextCursor: number | null }> {
    const rows = await this.#db
      .selectFrom('audit_entry')
      .selectAll()
      .where(conditions(filter))
      .$if(cursor !== undefined, (query) => query.where(sql<SqlBool>`seq < ${cursor}`))
      .orderBy('seq', 'desc')
      .limit(limit + 1)
      .execute()
    const entries = rows.slice(0, limit).map(toEntry)
    const last = entries.at(-1)
    const more = last !== undefined && rows.length > limit
    return { entries, nextCursor: more ? last.seq : null }
  }

  /** All that match, oldest first, in slices, for an export. */
  async *all(filter: AuditFilter): AsyncGenerator<readonly AuditEntry[]> {
    for await (const rows of this.#rows(filter)) yield rows.map(toEntry)
  }

  /**
   * Follows the chain from the oldest entry that is kept. `expected` is `seq:hash` of an entry that must be in it: an end
   * that was cut off leaves a chain that is whole.
   */
  async verify(expected?: string): Promise<Verified> {
    let entries = 0
    let last: AuditEntry | null = null
    let met = expected === undefined
    for await (const rows of this.#rows({})) {
      for (const row of rows) {
        const seq = Number(row.seq)
        const why = whyBroken(last, seq, row.previous, row.hash, toDeed(row))
        if (why !== null) return { entries, last, broken: { seq, why } }
        last = toEntry(row)
        entries++
        met ||= `${last.seq}:${last.hash}` === expected
      }
    }
    if (met) return { entries, last, broken: null }
    return { entries, last, broken: { seq: Number(expected?.split(':')[0]), why: 'it is not as it was' } }
  }

  /** Removes what is older, but for the newest entry, on which the chain goes on. Answers how many. */
  async forget(before: Date): Promise<number> {
    return await this.#db.transaction().execute(async (trx) => {
      await lock.execute(trx)
      await sql`select set_config('crisper.audit_retention', 'on', true)`.execute(trx)
      const { numDeletedRows } = await trx
        .deleteFrom('audit_entry')
        .where('at', '<', before)
        .where(sql<SqlBool>`seq < (select max(seq) from audit_entry)`)
        .executeTakeFirst()
      return Number(numDeletedRows)
    })
  }

  async *#rows(filter: AuditFilter) {
    for (let seq = 0; ; ) {
      const rows = await this.#db
        .selectFrom('audit_entry')
        .selectAll()
        .where(conditions(filter))
        .where(sql<SqlBool>`seq > ${seq}`)
        .orderBy('seq')
        .limit(slice)
        .execute()
      const last = rows.at(-1)
      if (last === undefined) return
      yield rows
      seq = Number(last.seq)
    }
  }
}

/** As the database gives it back, so that its hash can be worked out again. */
function asStored(deed: Deed): Deed {
  const { who, address, action, target, detail } = deed
  return {
    ...deed,
    who: storable(who),
    address: storable(address),
    action: storable(action),
    target: target === null ? null : storable(target),
    detail: JSON.parse(JSON.stringify(storableJson(detail))),
  }
}

function conditions({ who, action, target, after, before }: AuditFilter) {
  const parts = [sql<SqlBool>`true`]
  if (who !== undefined) parts.push(sql<SqlBool>`who = ${storable(who)}`)
  if (action?.endsWith('.')) parts.push(sql<SqlBool>`starts_with(action, ${storable(action)})`)
  else if (action !== undefined) parts.push(sql<SqlBool>`action = ${storable(action)}`)
  if (target !== undefined) parts.push(sql<SqlBool>`target = ${storable(target)}`)
  if (after !== undefined) parts.push(sql<SqlBool>`at >= ${after}`)
  if (before !== undefined) parts.push(sql<SqlBool>`at < ${before}`)
  return sql<SqlBool>`${sql.join(parts, sql` and `)}`
}

function whyBroken(
  last: AuditEntry | null,
  seq: number,
  previous: Buffer,
  hash: Buffer,
  deed: Deed,
): string | null {
  if (last !== null && seq !== last.seq + 1) return `entries ${last.seq + 1} to ${seq - 1} are missing`
  if (last !== null && previous.toString('hex') !== last.hash) return 'it does not follow the entry before'
  if (!hashOf(previous, seq, deed).equals(hash)) return 'it was changed'
  return null
}
