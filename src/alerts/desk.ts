import { randomUUID } from 'node:crypto'
import type { Alert, Finding } from './alert.js'
import type { AlertQuery, AlertStore } from './alert-store.js'
import type { Alerting } from './alerting.js'
import type { Channel } from './channels/channel.js'
import { NoSuchChannel } from './errors.js'
import type { ChannelState, Outbox } from './outbox.js'
import type { Condition, Rule, RuleContent } from './rule.js'
import type { RuleStore } from './rule-store.js'

interface Parts {
  readonly rules: RuleStore
  readonly alerts: AlertStore
  readonly outbox: Outbox
  readonly alerting: Alerting
  readonly channels: ReadonlyMap<string, Channel>
}

/** A rule with how it does. */
export interface RuleNow {
  readonly rule: Rule
  /** How many of its alerts fire. */
  readonly firing: number
  /** Why it could not be looked at. */
  readonly problem: string | null
}

export interface ChannelNow extends ChannelState {
  readonly name: string
  readonly kind: Channel['kind']
  readonly target: string
}

/** Whether a message arrived. */
export interface Delivery {
  readonly channel: string
  /** null: it did. */
  readonly problem: string | null
}

/** What people ask and order about alerts. */
export class AlertDesk {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  list(query: AlertQuery): Promise<Alert[]> {
    return this.#parts.alerts.list(query)
  }

  async rules(): Promise<RuleNow[]> {
    const { rules, alerts } = this.#parts
    const [all, firing] = await Promise.all([rules.list(), alerts.firing()])
    return all.map((rule) => this.#now(rule, firing.get(rule.id) ?? 0))
  }

  async channels(): Promise<ChannelNow[]> {
    const states = await this.#parts.outbox.states()
    return [...this.#parts.channels].map(([name, { kind, target }]) => ({
      name,
      kind,
      target,
      ...(states.get(name) ?? { lastSentAt: null, waiting: 0, problem: null }),
    }))
  }

  /** Throws NoSuchChannel, RuleNameTaken, TooManyRules. */
  async create(content: RuleContent, by: string): Promise<RuleNow> {
    for (const name of content.channels) this.#channel(name)
    return this.#now(await this.#parts.rules.create(content, by), 0)
  }

  /** Throws NoSuchRule, NoSuchChannel, RuleNameTaken. */
  async replace(id: string, content: RuleContent): Promise<RuleNow> {
    for (const name of content.channels) this.#channel(name)
    return await this.#withFiring(await this.#parts.rules.replace(id, content))
  }

  /** Throws NoSuchRule. */
  async mute(id: string, until: Date | null): Promise<RuleNow> {
    return await this.#withFiring(await this.#parts.rules.mute(id, until))
  }

  /** Throws NoSuchRule. */
  remove(id: string): Promise<void> {
    return this.#parts.rules.remove(id)
  }

  /**
   * What a rule finds now (null: it can't be told), and whether a message with it arrives at each of its channels. Throws
   * NoSuchRule, BrokerUnreachable.
   */
  async tryRule(id: string): Promise<{ findings: readonly Finding[] | null; deliveries: Delivery[] }> {
    const rule = await this.#parts.rules.get(id)
    const findings = (await this.#parts.alerting.look(rule)) ?? null
    const told = findings === null || findings.length === 0 ? [noteOf(findings)] : findings
    const deliveries = await Promise.all(
      rule.channels.map((channel) => this.#trySending(channel, rule.name, rule.condition.kind, told)),
    )
    return { findings, deliveries }
  }

  /** Throws NoSuchChannel. */
  async tryChannel(name: string): Promise<Delivery> {
    this.#channel(name)
    return await this.#trySending(name, 'channel test', null, [note('Messages of Crisper arrive here.')])
  }

  async #trySending(
    name: string,
    ruleName: string,
    kind: Condition['kind'] | null,
    findings: readonly Finding[],
  ): Promise<Delivery> {
    const told = findings.map((finding) =>
      this.#parts.outbox.told(
        { ...finding, id: randomUUID(), ruleName, kind, firedAt: new Date(), endedAt: null },
        'fired',
      ),
    )
    try {
      await this.#channel(name).send({ channel: name, told, test: true })
      return { channel: name, problem: null }
    } catch (error) {
      return { channel: name, problem: error instanceof Error ? error.message : String(error) }
    }
  }

  #channel(name: string): Channel {
    const channel = this.#parts.channels.get(name)
    if (channel === undefined) throw new NoSuchChannel(name, [...this.#parts.channels.keys()])
    return channel
  }

  async #withFiring(rule: Rule): Promise<RuleNow> {
    return this.#now(rule, (await this.#parts.alerts.firing()).get(rule.id) ?? 0)
  }

  #now(rule: Rule, firing: number): RuleNow {
    return { rule, firing, problem: this.#parts.alerting.problemOf(rule.id) ?? null }
  }
}

/** What a test says of a rule that finds nothing; null: it can't be told. */
function noteOf(findings: readonly Finding[] | null): Finding {
  return note(
    findings === null
      ? 'What it finds can not be told now. This is a test.'
      : 'It finds nothing now. This is a test.',
  )
}

function note(sentence: string): Finding {
  return { subject: '', sentence, link: '/alerts' }
}
