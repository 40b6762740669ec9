import { randomUUID } from 'node:crypto'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { AlertRuleTable, Database } from '../db/schema.js'
import { closeAlerts } from './alert-store.js'
import { NoSuchRule, RuleNameTaken, TooManyRules } from './errors.js'
import { condition, mostRules, type Rule, type RuleContent } from './rule.js'

/** Rules in the database. */
export class RuleStore {
  readonly #db: Kysely<Database>

  constructor(db: Kysely<Database>) {
    this.#db = db
  }

  async list(): Promise<Rule[]> {
    const rows = await this.#db.selectFrom('alert_rule').selectAll().orderBy('name').execute()
    return rows.map(toRule)
  }

  /** Throws NoSuchRule. */
  async get(id: string): Promise<Rule> {
    const row = await this.#db.selectFrom('alert_rule').selectAll().where('id', '=', id).executeTakeFirst()
    if (row === undefined) throw new NoSuchRule(id)
    return toRule(row)
  }

  /** Throws RuleNameTaken, TooManyRules. */
  async create(content: RuleContent, by: string): Promise<Rule> {
    const now = new Date()
    const row = await this.#db.transaction().execute(async (db) => {
      // Two at once must not both be the last one that fits.
      await sql`select pg_advisory_xact_lock(hashtextextended('crisper alert_rule', 0))`.execute(db)
      const { n } = await db
        .selectFrom('alert_rule')
        .select(sql<number>`count(*)::int`.as('n'))
        .executeTakeFirstOrThrow()
      if (n >= mostRules) throw new TooManyRules(mostRules)
      return await db
        .insertInto('alert_rule')
        .values({
          id: randomUUID(),
          ...columnsOf(content),
          muted_until: null,
          created_by: by,
          created_at: now,
          updated_at: now,
        })
        .onConflict((conflict) => conflict.constraint('alert_rule_name').doNothing())
        .returningAll()
        .executeTakeFirst()
    })
    if (row === undefined) throw new RuleNameTaken(content.name)
    return toRule(row)
  }

  /** What it found by its old condition is over. Throws NoSuchRule, RuleNameTaken. */
  async replace(id: string, content: RuleContent): Promise<Rule> {
    const before = await this.get(id)
    try {
      return await this.#db.transaction().execute(async (db) => {
        const row = await db
          .updateTable('alert_rule')
          .set({ ...columnsOf(content), updated_at: new Date() })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirst()
        if (row === undefined) throw new NoSuchRule(id)
        const looksForTheSame = JSON.stringify(before.condition) === JSON.stringify(content.condition)
        if (!looksForTheSame || !content.enabled) await closeAlerts(db, before)
        return toRule(row)
      })
    } catch (error) {
      if (isNameTaken(error)) throw new RuleNameTaken(content.name)
      throw error
    }
  }

  /** Its history stays. Throws NoSuchRule. */
  async remove(id: string): Promise<void> {
    const rule = await this.get(id)
    await this.#db.transaction().execute(async (db) => {
      await closeAlerts(db, rule)
      await db.deleteFrom('alert_rule').where('id', '=', id).execute()
    })
  }

  /** Until then nobody is told; null: from now on again. Throws NoSuchRule. */
  async mute(id: string, until: Date | null): Promise<Rule> {
    const row = await this.#db
      .updateTable('alert_rule')
      .set({ muted_until: until })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) throw new NoSuchRule(id)
    return toRule(row)
  }
}

function columnsOf({ name, condition, firesAfter, resolvesAfter, channels, enabled }: RuleContent) {
  return {
    name,
    condition: JSON.stringify(condition),
    fires_after: firesAfter,
    resolves_after: resolvesAfter,
    channels: [...channels],
    enabled,
  }
}

/** Throws ZodError where somebody wrote another shape into the table. */
function toRule(row: Selectable<AlertRuleTable>): Rule {
  return {
    id: row.id,
    name: row.name,
    condition: condition.parse(row.condition),
    firesAfter: row.fires_after,
    resolvesAfter: row.resolves_after,
    channels: row.channels,
    enabled: row.enabled,
    mutedUntil: row.muted_until,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function isNameTaken(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'alert_rule_name'
}
