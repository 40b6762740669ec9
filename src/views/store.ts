import { randomUUID } from 'node:crypto'
import { type ExpressionBuilder, type Kysely, type Selectable, sql } from 'kysely'
import type { Database, SavedViewTable } from '../db/schema.js'
import type { Log } from '../tasks/log.js'
import { NameTaken, NoSuchView, NotYourView, TooManyViews } from './errors.js'
import { contentColumns, toView } from './row.js'
import { compareViews, type View, type ViewContent, type ViewPage, viewLimits } from './view.js'

/** Whose views: who it is, and what they may see (`scopeKey` of src/access/scope.ts). */
export interface ViewOwner {
  readonly owner: string
  readonly scopeKey: string
}

/** Views listed at most: the owner's, and of the others' shared ones those changed last. */
const mostListed = 1000

/** Saved views in the database. Each belongs to an owner, who alone changes it. */
export class ViewStore {
  readonly #db: Kysely<Database>
  readonly #log: Log
  /** Ids of rows that were told of in the log. */
  readonly #unreadable = new Set<string>()

  constructor(db: Kysely<Database>, log: Log) {
    this.#db = db
    this.#log = log
  }

  /** The owner's views, and those that others of the same scope share; who sees all sees the views of all scopes. */
  async list({ owner, scopeKey }: ViewOwner): Promise<View[]> {
    const rows = await this.#db
      .selectFrom('saved_view')
      .selectAll()
      .where((eb) => eb.or([eb('owner', '=', owner), sharedWith(eb, scopeKey)]))
      .orderBy((eb) => eb('owner', '=', owner), 'desc')
      .orderBy('updated_at', 'desc')
      .limit(mostListed)
      .execute()
    return rows.flatMap((row) => this.#readable(row)).sort(compareViews(owner))
  }

  /** Throws NameTaken, TooManyViews. */
  async create({ owner, scopeKey }: ViewOwner, page: ViewPage, content: ViewContent): Promise<View> {
    const now = new Date()
    const row = await this.#db.transaction().execute(async (db) => {
      // Two at once must not both be the last one that fits.
      await sql`select pg_advisory_xact_lock(hashtextextended(${`saved_view ${owner}`}, 0))`.execute(db)
      const { n } = await db
        .selectFrom('saved_view')
        .select(sql<number>`count(*)::int`.as('n'))
        .where('owner', '=', owner)
        .executeTakeFirstOrThrow()
      if (n >= viewLimits.viewsOfAnOwner) throw new TooManyViews(viewLimits.viewsOfAnOwner)
      return db
        .insertInto('saved_view')
        .values({
          id: randomUUID(),
          owner,
          scope_key: scopeKey,
          page,
          ...contentColumns(content),
          created_at: now,
          updated_at: now,
        })
        .onConflict((conflict) => conflict.constraint('saved_view_name').doNothing())
        .returningAll()
        .executeTakeFirst()
    })
    if (row === undefined) throw new NameTaken(content.name, page)
    return toView(row)
  }

  /** Throws NoSuchView, NotYourView, NameTaken. */
  async replace(who: ViewOwner, id: string, content: ViewContent): Promise<View> {
    const { owner } = who
    const { page } = await this.#own(who, id)
    try {
      const row = await this.#db
        .updateTable('saved_view')
        .set({ ...contentColumns(content), updated_at: new Date() })
        .where('id', '=', id)
        .where('owner', '=', owner)
        .returningAll()
        .executeTakeFirst()
      if (row === undefined) throw new NoSuchView(id)
      return toView(row)
    } catch (error) {
      if (isTaken(error)) throw new NameTaken(content.name, page)
      throw error
    }
  }

  /** Throws NoSuchView, NotYourView. */
  async remove(who: ViewOwner, id: string): Promise<void> {
    await this.#own(who, id)
    await this.#db.deleteFrom('saved_view').where('id', '=', id).where('owner', '=', who.owner).execute()
  }

  /** Finds a view to change it. */
  async #own({ owner, scopeKey }: ViewOwner, id: string): Promise<{ readonly page: string }> {
    const found = await this.#db
      .selectFrom('saved_view')
      .select(['owner', 'name', 'page'])
      .select((eb) => sharedWith(eb, scopeKey).as('shared'))
      .where('id', '=', id)
      .executeTakeFirst()
    if (found === undefined) throw new NoSuchView(id)
    if (found.owner === owner) return found
    throw found.shared ? new NotYourView(found.name, found.owner) : new NoSuchView(id)
  }

  /** None where the row can't be read, which is told once: it must not take the list with it. */
  #readable(row: Selectable<SavedViewTable>): View[] {
    try {
      return [toView(row)]
    } catch (error) {
      if (!this.#unreadable.has(row.id)) {
        this.#unreadable.add(row.id)
        const { id, owner, name } = row
        this.#log.warn(
          { err: error, view: { id, owner, name } },
          'a saved view is left out: its row in saved_view can not be read. Repair or delete it',
        )
      }
      return []
    }
  }
}

/** A name of a view, and what it asks for, may tell of companies that others must not know of. */
function sharedWith(eb: ExpressionBuilder<Database, 'saved_view'>, scopeKey: string) {
  return scopeKey === ''
    ? eb('shared', '=', true)
    : eb.and([eb('shared', '=', true), eb('scope_key', '=', scopeKey)])
}

/** Whether a write met another view of that name. */
function isTaken(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'saved_view_name'
}
