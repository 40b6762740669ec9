import pg from 'pg'
import { type JobState, jobStates } from '../tasks/job.js'
import { type RetentionSettings, type Rule, statesOf } from './settings.js'

/** The number of the default, `retention.keep`. Those of the rules count from 1, as they are written. */
const defaultRule = 0

/** A state of which tasks may be due, and the time after which none of them was created. */
export interface DueState {
  readonly state: JobState
  readonly before: Date
}

/**
 * The rules as SQL, at one moment. A task belongs to the first rule that fits it, and is due when it is older than that
 * keeps it: a single expression, so that one look at a row decides for all rules.
 */
export interface Judgement {
  /** SQL: the number of the rule that a row `j` belongs to; null where none does, and the task is kept. */
  readonly rule: string
  /** SQL: since when a row `j` ages. */
  readonly since: string
  /** SQL: whether a row that belongs to `rule` and ages since `since` is due; null where it is not. */
  readonly due: string
  readonly states: readonly DueState[]
}

export function judgementOf(settings: RetentionSettings, now: Date): Judgement {
  const byDefault: Rule = {
    states: undefined,
    taskTypes: undefined,
    tenants: undefined,
    companies: undefined,
    keep: settings.keep,
  }
  const numbered = settings.rules.map((rule, index) => ({ rule, number: index + 1 }))
  const cases = [...numbered, { rule: byDefault, number: defaultRule }]
  const cutoffs = [byDefault, ...settings.rules].map(({ keep: { ms } }) =>
    ms === null ? null : new Date(now.getTime() - ms),
  )
  const cutoffTexts = cutoffs.map((at) => (at === null ? 'null' : literal(at.toISOString())))
  return {
    rule: `case ${cases.map(({ rule, number }) => `when ${fits(rule)} then ${number}`).join(' ')} end`,
    // The end; of what has not ended the latest that is known, or is to come.
    since: 'coalesce(j.finished_at, greatest(j.created_at, j.started_at, j.eta))',
    due: `since < (array[${cutoffTexts.join(', ')}]::timestamptz[])[1 + rule]`,
    states: jobStates.flatMap((state) => {
      const befores = cases.flatMap(({ rule, number }) => {
        const cutoff = cutoffs[number]
        return cutoff && statesOf(rule).includes(state) ? [cutoff.getTime()] : []
      })
      return befores.length === 0 ? [] : [{ state, before: new Date(Math.max(...befores)) }]
    }),
  }
}

function fits(rule: Rule): string {
  return [
    `j.state in (${literals(statesOf(rule))})`,
    rule.taskTypes && `j.meta ->> 'task_type' in (${literals(rule.taskTypes)})`,
    rule.tenants && `j.tenant_id in (${literals(rule.tenants)})`,
    rule.companies &&
      `coalesce(nullif(j.meta ->> 'company_id', ''), nullif(j.tenant_id, '')) in (${literals(rule.companies)})`,
  ]
    .filter((part) => part !== undefined)
    .join(' and ')
}

function literals(values: readonly string[]): string {
  return values.map(literal).join(', ')
}

function literal(value: string): string {
  return pg.escapeLiteral(value)
}
