import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/schema.js'
import type { Log } from '../tasks/log.js'
import type { Alert, AlertEvent } from './alert.js'
import { toAlert } from './alert-store.js'
import type { Channel, Told } from './channels/channel.js'

interface Parts {
  readonly db: Kysely<Database>
  readonly channels: ReadonlyMap<string, Channel>
  /** Where people reach Crisper; null: nobody said. */
  readonly publicUrl: string | null
  readonly log: Log
}

/** How a channel does. */
export interface ChannelState {
  readonly lastSentAt: Date | null
  /** Notices that wait to be sent. */
  readonly waiting: number
  /** Why the last attempt failed, while what it was about waits or was given up. */
  readonly problem: string | null
}

/** Seconds between two messages to one channel: what happens meanwhile is told together. */
const groupS = 30
const mostAtOnce = 200
/** Seconds for which what is being sent is nobody else's. */
const leaseS = 120
const firstPauseS = 10
const longestPauseS = 900
const givenUpAfterHours = 24

/** Sends notices: those of one channel together, again and again until they are taken. */
export class Outbox {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async sendDue(): Promise<void> {
    const { rows } = await sql<{ channel: string }>`
      select channel
        from alert_notice due
       where sent_at is null and given_up_at is null and due_at <= now()
         and not exists (
           select from alert_notice sent
            where sent.channel = due.channel and sent.sent_at > now() - ${groupS} * interval '1 second')
       group by channel`.execute(this.#parts.db)
    await Promise.all(rows.map(({ channel }) => this.#sendTo(channel)))
  }

  async states(): Promise<ReadonlyMap<string, ChannelState>> {
    const { rows } = await sql<{
      channel: string
      last_sent_at: Date | null
      waiting: number
      problem: string | null
    }>`
      select channel, max(sent_at) as last_sent_at,
             count(*) filter (where sent_at is null and given_up_at is null)::int as waiting,
             (array_agg(problem order by id desc)
               filter (where sent_at is null and problem is not null))[1] as problem
        from alert_notice
       group by channel`.execute(this.#parts.db)
    return new Map(
      rows.map(({ channel, last_sent_at: lastSentAt, waiting, problem }) => [
        channel,
        { lastSentAt, waiting, problem },
      ]),
    )
  }

  /** As it is told. */
  told(alert: Omit<Alert, 'ruleId' | 'kind'> & Pick<Told, 'kind'>, event: AlertEvent): Told {
    const { id, ruleName: rule, kind, subject, sentence, firedAt, endedAt, link } = alert
    const { publicUrl } = this.#parts
    const url = publicUrl === null ? null : publicUrl + link
    return { id, event, rule, kind, subject, sentence, firedAt, endedAt, url }
  }

  async #sendTo(name: string): Promise<void> {
    const { channels, log } = this.#parts
    const taken = await this.#take(name)
    if (taken.length === 0) return
    const ids = taken.map(({ id }) => id)
    try {
      const channel = channels.get(name)
      if (channel === undefined) throw new Error('The configuration has no such channel any more')
      await channel.send({ channel: name, told: await this.#read(taken), test: false })
      await this.#onSent(ids)
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      log.warn({ channel: name, problem, notices: ids.length }, 'alerts could not be sent; tried again later')
      await this.#onFailed(ids, problem)
    }
  }

  /** Those that are due, and nobody else's for a while. */
  async #take(channel: string) {
    const { rows } = await sql<{ id: string; alert_id: string; event: AlertEvent }>`
      update alert_notice
         set due_at = now() + ${leaseS} * interval '1 second', attempts = attempts + 1
       where id in (
         select id from alert_notice
          where channel = ${channel} and sent_at is null and given_up_at is null and due_at <= now()
          order by id
          limit ${mostAtOnce}
            for update skip locked)
      returning id, alert_id, event`.execute(this.#parts.db)
    return rows.sort((a, b) => Number(BigInt(a.id) - BigInt(b.id)))
  }

  async #read(taken: readonly { readonly alert_id: string; readonly event: AlertEvent }[]): Promise<Told[]> {
    const rows = await this.#parts.db
      .selectFrom('alert')
      .selectAll()
      .where(sql<boolean>`id = any(${taken.map(({ alert_id }) => alert_id)}::uuid[])`)
      .execute()
    const alerts = new Map(rows.flatMap(toAlert).map((alert) => [alert.id, alert]))
    return taken.flatMap(({ alert_id, event }) => {
      const alert = alerts.get(alert_id)
      return alert === undefined ? [] : [this.told(alert, event)]
    })
  }

  async #onSent(ids: readonly string[]): Promise<void> {
    await sql`update alert_notice set sent_at = now(), problem = null where id = any(${ids}::bigint[])`.execute(
      this.#parts.db,
    )
  }

  async #onFailed(ids: readonly string[], problem: string): Promise<void> {
    await sql`
      update alert_notice
         set problem = ${problem},
             due_at = now() + least(${longestPauseS}, ${firstPauseS} * 2 ^ least(attempts - 1, 10)) * interval '1 second',
             given_up_at = case when created_at < now() - ${givenUpAfterHours} * interval '1 hour' then now() end
       where id = any(${ids}::bigint[])`.execute(this.#parts.db)
  }
}
