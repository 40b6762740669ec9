import { z } from 'zod'
import { finishedStates, type JobState, jobStates } from '../tasks/job.js'

const hourMs = 3_600_000
const unitMs = { h: hourMs, d: 24 * hourMs, w: 7 * 24 * hourMs, y: 365 * 24 * hourMs } as const

/** How long something is kept; null: for ever. */
interface Keep {
  /** As it was written. */
  readonly text: string
  readonly ms: number | null
}

const keepTakes = 'takes a time such as 12h, 30d, 8w or 2y, or forever'
const keep = z
  .string(keepTakes)
  .regex(/^([1-9]\d{0,4}[hdwy]|forever)$/, keepTakes)
  .transform((text) => ({ text, ms: text === 'forever' ? null : msOf(text) }))

const someNames = z
  .union([z.string().min(1), z.number(), z.array(z.union([z.string().min(1), z.number()])).min(1)])
  .transform((value) => (Array.isArray(value) ? value : [value]).map(String))
  .optional()

const state = z.enum(jobStates, `takes a state: ${jobStates.join(', ')}`)
const someStates = z
  .union([state, z.array(state).min(1)])
  .transform((value) => (Array.isArray(value) ? value : [value]))
  .optional()

/** What it names must all be so: each with one value or a list of which one is enough. */
const rule = z
  .strictObject({
    state: someStates,
    task_type: someNames,
    tenant: someNames,
    company: someNames,
    keep,
  })
  .transform(
    ({ state: states, task_type: taskTypes, tenant: tenants, company: companies, keep: kept }): Rule => ({
      states,
      taskTypes,
      tenants,
      companies,
      keep: kept,
    }),
  )

/** Which tasks are kept how long. What is undefined names nothing: it leaves the choice to the other parts. */
export interface Rule {
  readonly states: readonly JobState[] | undefined
  readonly taskTypes: readonly string[] | undefined
  readonly tenants: readonly string[] | undefined
  readonly companies: readonly string[] | undefined
  readonly keep: Keep
}

/** How long tasks are kept. Without rules and with the defaults nothing is ever deleted. */
export const retentionSettings = z
  .strictObject({
    /** Finished tasks that no rule names. */
    keep: keep.prefault('forever'),
    /** The first that fits a task counts. */
    rules: z.array(rule).max(100, 'takes 100 rules at most').default([]),
    /** Stops that have ended, by when they did. */
    stops: keep.prefault('forever'),
    /** A folder that is given what is deleted, before it is. */
    archive: z.string().min(1).nullable().default(null),
    /** From the beginning of a run to that of the next. */
    every: keep
      .prefault('6h')
      .refine(({ ms }) => ms !== null, 'takes a time such as 6h or 1d')
      .transform(({ ms }) => ms ?? 0),
  })
  .prefault({})

export type RetentionSettings = z.output<typeof retentionSettings>

/** Whether anything is ever to be deleted. */
export function deletesSomething({ keep: otherwise, rules, stops }: RetentionSettings): boolean {
  return [otherwise, stops, ...rules.map((each) => each.keep)].some(({ ms }) => ms !== null)
}

/** Those that a rule can be about: where it names none, the finished ones. */
export function statesOf({ states }: Pick<Rule, 'states'>): readonly JobState[] {
  return states ?? finishedStates
}

function msOf(text: string): number {
  const unit = Object.entries(unitMs).find(([name]) => text.endsWith(name))
  return Number(text.slice(0, -1)) * (unit?.[1] ?? 0)
}
