import type { Condition } from '../api/types.js'

export type Kind = Condition['kind']

interface Field {
  readonly name: string
  /** null: text. */
  readonly number: { readonly least: number; readonly most: number; readonly start: number } | null
  /** Absent text narrows nothing. */
  readonly optional: boolean
}

const filterNames = ['task_name', 'task_type', 'company_id', 'queue'] as const
const filter = filterNames.map((name): Field => ({ name, number: null, optional: true }))

function number(name: string, start: number, least: number, most: number): Field {
  return { name, number: { least, most, start }, optional: false }
}

const week = 7 * 24 * 60

/** What is asked for each kind, as the API takes it (src/alerts/rule.ts). */
export const fieldsOf: Readonly<Record<Kind, readonly Field[]>> = {
  failure_rate: [
    number('percent', 10, 0, 100),
    number('minutes', 15, 1, week),
    number('at_least', 10, 1, 1_000_000),
    ...filter,
  ],
  silence: [number('minutes', 60, 1, week), ...filter],
  queue_age: [number('seconds', 300, 1, 30 * 24 * 3600), { name: 'queue', number: null, optional: true }],
  lost_tasks: [number('more_than', 0, 0, 1_000_000), ...filter],
  missing_worker: [{ name: 'worker', number: null, optional: false }, number('at_least', 1, 1, 100_000)],
  long_run: [number('times', 3, 1, 1000), ...filter],
}

export const kinds = Object.keys(fieldsOf).filter((name): name is Kind => name in fieldsOf)

/** What stands in the form, by field. */
export type Values = Readonly<Record<string, string | number>>

export function startValues(kind: Kind): Values {
  return Object.fromEntries(fieldsOf[kind].map(({ name, number }) => [name, number?.start ?? '']))
}

export function valuesOf(condition: Condition): Values {
  const given: Record<string, unknown> = {
    ...condition,
    ...('filter' in condition ? condition.filter : {}),
  }
  const known = Object.entries(given).filter(
    (entry): entry is [string, string | number] =>
      typeof entry[1] === 'string' || typeof entry[1] === 'number',
  )
  return { ...startValues(condition.kind), ...Object.fromEntries(known) }
}

/** As the API takes it; what is empty is left out, and the API says so where it needs it. */
export function conditionOf(kind: Kind, values: Values): object {
  const given = fieldsOf[kind].flatMap(({ name }) => {
    const value = values[name]
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  const hasFilter = kind !== 'queue_age' && kind !== 'missing_worker'
  const isOfFilter = (name: string) => hasFilter && filterNames.some((each) => each === name)
  return {
    kind,
    ...Object.fromEntries(given.filter(([name]) => !isOfFilter(name))),
    ...(hasFilter && { filter: Object.fromEntries(given.filter(([name]) => isOfFilter(name))) }),
  }
}
