import type { z } from 'zod'
import type { Alert } from '../alerts/alert.js'
import type { ChannelNow, RuleNow } from '../alerts/desk.js'
import type { alertListAnswer, ruleAnswer, ruleListAnswer } from './alert-answers.js'
import { iso } from './iso.js'

export function toAlertAnswer(alert: Alert): z.input<typeof alertListAnswer>['alerts'][number] {
  const { id, ruleId, ruleName, kind, subject, sentence, link, firedAt, endedAt } = alert
  return {
    id,
    rule_id: ruleId,
    rule: ruleName,
    kind,
    subject,
    sentence,
    link,
    fired_at: iso(firedAt),
    ended_at: iso(endedAt),
  }
}

export function toRuleAnswer({ rule, firing, problem }: RuleNow): z.output<typeof ruleAnswer> {
  return {
    id: rule.id,
    name: rule.name,
    condition: rule.condition,
    fires_after: rule.firesAfter,
    resolves_after: rule.resolvesAfter,
    channels: [...rule.channels],
    enabled: rule.enabled,
    muted_until: iso(rule.mutedUntil),
    firing,
    problem,
    created_by: rule.createdBy,
    created_at: iso(rule.createdAt),
    updated_at: iso(rule.updatedAt),
  }
}

export function toChannelAnswer(channel: ChannelNow): z.input<typeof ruleListAnswer>['channels'][number] {
  const { name, kind, target, lastSentAt, waiting, problem } = channel
  return { name, kind, target, last_sent_at: iso(lastSentAt), waiting, problem }
}
