import { randomUUID } from 'node:crypto'
import { type Kysely, type Selectable, sql } from 'kysely'
import { inSlices } from '../db/in-slices.js'
import type { AlertTable, Database } from '../db/schema.js'
import { storable } from '../tasks/storable.js'
import type { Alert, Finding, OpenAlert } from './alert.js'
import type { Step } from './lifecycle.js'
import { conditionKind, isMuted, type Rule } from './rule.js'

/** Seconds in which one that fired again and again is noticed. */
const recentS = 3600
const historyDays = 90
const deletedAtOnce = 1000

export interface AlertQuery {
  readonly firing?: boolean | undefined
  readonly ruleId?: string | undefined
  /** Those that fired before that one, which a page ended with. */
  readonly before?: { readonly firedAt: Date; readonly id: string } | undefined
  readonly limit: number
}

/** What rules found, in the database. */
export class AlertStore {
  readonly #db: Kysely<Database>

  constructor(db: Kysely<Database>) {
    this.#db = db
  }

  /** Those that fired, newest first. */
  async list({ firing, ruleId, before, limit }: AlertQuery): Promise<Alert[]> {
    let query = this.#db
      .selectFrom('alert')
      .selectAll()
      .where('fired_at', 'is not', null)
      .orderBy('fired_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
    if (firing !== undefined) query = query.where('ended_at', firing ? 'is' : 'is not', null)
    if (ruleId !== undefined) query = query.where('rule_id', '=', ruleId)
    if (before !== undefined) {
      query = query.where(sql<boolean>`(fired_at, id) < (${before.firedAt}, ${before.id}::uuid)`)
    }
    return (await query.execute()).flatMap(toAlert)
  }

  /** How many fire now, by rule. */
  async firing(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#db
      .selectFrom('alert')
      .select(['rule_id', sql<number>`count(*)::int`.as('n')])
      .where('ended_at', 'is', null)
      .where('fired_at', 'is not', null)
      .groupBy('rule_id')
      .execute()
    return new Map(rows.map(({ rule_id, n }) => [rule_id, n]))
  }

  /** Forgets what ended long ago, some rows at a time. */
  async forgetOld(): Promise<void> {
    await inSlices(deletedAtOnce, (size) =>
      sql`
        delete from alert
         where id = any(array(
           select id from alert
            where ended_at < now() - ${historyDays} * interval '1 day'
            limit ${size}))`.execute(this.#db),
    )
  }
}

/** Open alerts by rule, and how often each subject of a rule fired within the last hour. */
export async function readOpen(db: Kysely<Database>, now: Date) {
  const rows = await db.selectFrom('alert').selectAll().where('ended_at', 'is', null).execute()
  const recent = await db
    .selectFrom('alert')
    .select(['rule_id', 'subject', sql<number>`count(*)::int`.as('n')])
    .where('fired_at', '>', new Date(now.getTime() - recentS * 1000))
    .groupBy(['rule_id', 'subject'])
    .execute()
  return {
    openOf: (ruleId: string) => rows.filter((row) => row.rule_id === ruleId).map(toOpenAlert),
    recentlyOf: (ruleId: string) =>
      new Map(recent.filter((row) => row.rule_id === ruleId).map(({ subject, n }) => [subject, n])),
  }
}

/** Writes a step of one rule's alerts, and notices for those that resolved. */
export async function writeStep(db: Kysely<Database>, rule: Rule, step: Step, now: Date): Promise<void> {
  if (step.begun.length > 0) {
    await db
      .insertInto('alert')
      .values(step.begun.map(({ finding, fires }) => rowOf(rule, finding, fires, now)))
      .execute()
  }
  for (const { alert, finding, fires } of step.goOn) {
    if (!fires && alert.clearSince === null && alert.sentence === finding.sentence) continue
    await db
      .updateTable('alert')
      .set({
        ...told(finding),
        clear_since: null,
        fired_at: fires ? now : alert.firedAt,
      })
      .where('id', '=', alert.id)
      .execute()
  }
  await db.updateTable('alert').set({ clear_since: now }).where(isOneOf(step.clearing)).execute()
  await db.deleteFrom('alert').where(isOneOf(step.forgotten)).execute()
  await end(db, rule, step.resolved, now)
}

/** Notices for all that fire and of which nobody was told, unless their rule is muted. */
export async function announce(db: Kysely<Database>, rules: readonly Rule[], now: Date): Promise<void> {
  const audible = new Map(rules.filter((rule) => !isMuted(rule, now)).map((rule) => [rule.id, rule]))
  const unheard = await db
    .updateTable('alert')
    .set({ announced: true })
    .where('ended_at', 'is', null)
    .where('fired_at', 'is not', null)
    .where('announced', '=', false)
    .where(sql<boolean>`rule_id = any(${[...audible.keys()]}::uuid[])`)
    .returning(['id', 'rule_id'])
    .execute()
  await addNotices(
    db,
    unheard.flatMap(({ id, rule_id }) =>
      (audible.get(rule_id)?.channels ?? []).map((channel) => ({ alert_id: id, channel, event: 'fired' })),
    ),
    now,
  )
}

/** Ends what was found while its rule was turned off or deleted. */
export async function endOrphans(db: Kysely<Database>, now: Date): Promise<void> {
  const orphaned = sql<boolean>`
    ended_at is null and not exists (
      select from alert_rule where alert_rule.id = alert.rule_id and alert_rule.enabled)`
  await db.deleteFrom('alert').where(orphaned).where('fired_at', 'is', null).execute()
  await db.updateTable('alert').set({ ended_at: now }).where(orphaned).execute()
}

/** Ends all alerts of a rule that is changed or deleted; those who were told of them are told. */
export async function closeAlerts(db: Kysely<Database>, rule: Rule): Promise<void> {
  const rows = await db
    .selectFrom('alert')
    .selectAll()
    .where('rule_id', '=', rule.id)
    .where('ended_at', 'is', null)
    .execute()
  const open = rows.map(toOpenAlert)
  await db
    .deleteFrom('alert')
    .where(isOneOf(open.filter(({ firedAt }) => firedAt === null)))
    .execute()
  await end(
    db,
    rule,
    open.filter(({ firedAt }) => firedAt !== null),
    new Date(),
  )
}

async function end(db: Kysely<Database>, rule: Rule, alerts: readonly OpenAlert[], now: Date): Promise<void> {
  if (alerts.length === 0) return
  await db.updateTable('alert').set({ ended_at: now }).where(isOneOf(alerts)).execute()
  const notices = alerts
    .filter(({ announced }) => announced)
    .flatMap(({ id }) =>
      rule.channels.map((channel) => ({ alert_id: id, channel, event: 'resolved' }) as const),
    )
  await addNotices(db, isMuted(rule, now) ? [] : notices, now)
}

async function addNotices(
  db: Kysely<Database>,
  notices: readonly { alert_id: string; channel: string; event: 'fired' | 'resolved' }[],
  now: Date,
): Promise<void> {
  if (notices.length === 0) return
  await db
    .insertInto('alert_notice')
    .values(notices.map((notice) => ({ ...notice, created_at: now, due_at: now })))
    .execute()
}

function isOneOf(alerts: readonly { readonly id: string }[]) {
  return sql<boolean>`id = any(${alerts.map(({ id }) => id)}::uuid[])`
}

function rowOf(rule: Rule, finding: Finding, fires: boolean, now: Date) {
  return {
    id: randomUUID(),
    rule_id: rule.id,
    rule_name: rule.name,
    kind: rule.condition.kind,
    ...told(finding),
    subject: storable(finding.subject),
    holds_since: now,
    fired_at: fires ? now : null,
    clear_since: null,
    ended_at: null,
  }
}

function told({ sentence, link }: Finding) {
  return { sentence: storable(sentence), link: storable(link) }
}

function toOpenAlert(row: Selectable<AlertTable>): OpenAlert {
  const { id, subject, sentence, link, announced } = row
  return {
    id,
    subject,
    sentence,
    link,
    announced,
    holdsSince: row.holds_since,
    firedAt: row.fired_at,
    clearSince: row.clear_since,
  }
}

/** None of one that has not fired. Throws ZodError where somebody wrote another kind into the table. */
export function toAlert(row: Selectable<AlertTable>): Alert[] {
  const { id, subject, sentence, link } = row
  if (row.fired_at === null) return []
  return [
    {
      id,
      subject,
      sentence,
      link,
      ruleId: row.rule_id,
      ruleName: row.rule_name,
      kind: conditionKind.parse(row.kind),
      firedAt: row.fired_at,
      endedAt: row.ended_at,
    },
  ]
}
