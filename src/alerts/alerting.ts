import { type Kysely, sql } from 'kysely'
import { readWith } from '../db/read-with.js'
import type { Database } from '../db/schema.js'
import type { Log } from '../tasks/log.js'
import { Repeating } from '../tasks/repeating.js'
import type { Finding } from './alert.js'
import { type AlertStore, announce, endOrphans, readOpen, writeStep } from './alert-store.js'
import { evaluate } from './conditions/evaluate.js'
import type { Look, Sources } from './conditions/look.js'
import { step } from './lifecycle.js'
import type { Outbox } from './outbox.js'
import type { Rule } from './rule.js'
import type { RuleStore } from './rule-store.js'

interface Parts {
  readonly sources: Sources
  readonly rules: RuleStore
  readonly alerts: AlertStore
  readonly outbox: Outbox
  readonly log: Log
}

const everyMs = 10_000
/** Rounds between two that delete: an hour. */
const roundsToForget = 360
/** What takes longer is told as a problem of its rule. */
const longestLook = '10s'

/**
 * Looks again and again whether the conditions of the rules hold, and has channels told. Of several Crispers on one database
 * one at a time does it; all that it knows stands there.
 */
export class Alerting {
  readonly #parts: Parts
  readonly #repeating = new Repeating(everyMs, () => this.#round())
  /** Why a rule could not be looked at, by rule. */
  readonly #problems = new Map<string, string>()
  #rounds = 0
  #stopped = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    this.#stopped = false
    this.#repeating.start()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#repeating.stop()
  }

  /** undefined: it could be looked at. */
  problemOf(ruleId: string): string | undefined {
    return this.#problems.get(ruleId)
  }

  /** What it finds now; undefined where it can't be told. Rejects where the database or the broker is away. */
  look({ condition }: Pick<Rule, 'condition'>): Promise<Look> {
    const { sources } = this.#parts
    return readWith(sources.db, { statement_timeout: longestLook }, (db) =>
      evaluate(condition, { ...sources, db }),
    )
  }

  async #round(): Promise<void> {
    const { alerts, outbox, log } = this.#parts
    try {
      await this.#keepUp()
      await outbox.sendDue()
      if (this.#rounds++ % roundsToForget === 0) await alerts.forgetOld()
    } catch (error) {
      log.warn({ err: error }, 'alerts could not be looked after; it is tried again')
    }
  }

  async #keepUp(): Promise<void> {
    const { sources, rules } = this.#parts
    const enabled = (await rules.list()).filter(({ enabled }) => enabled)
    await sources.db.transaction().execute(async (db) => {
      if (!(await isMine(db))) return
      const now = new Date()
      const { openOf, recentlyOf } = await readOpen(db, now)
      for (const rule of enabled) {
        if (this.#stopped) return
        const findings = await this.#lookAt(rule)
        if (findings === undefined) continue
        await writeStep(db, rule, step(rule, openOf(rule.id), findings, recentlyOf(rule.id), now), now)
      }
      await endOrphans(db, now)
      await announce(db, enabled, now)
    })
  }

  async #lookAt(rule: Rule): Promise<readonly Finding[] | undefined> {
    try {
      const findings = await this.look(rule)
      this.#problems.delete(rule.id)
      return findings
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      if (this.#problems.get(rule.id) !== problem) {
        this.#parts.log.warn(
          { rule: rule.name, problem },
          'an alert rule could not be looked at; tried again',
        )
      }
      this.#problems.set(rule.id, problem)
      return undefined
    }
  }
}

/** Until the end of this transaction no other Crisper looks. */
async function isMine(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await sql<{ mine: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended('crisper alerting', 0)) as mine`.execute(db)
  return rows[0]?.mine === true
}
