import { z } from 'zod'

/** Which tasks a rule is about; what is absent does not narrow. */
const taskFilter = z
  .strictObject({
    task_name: z.string().min(1).max(255).optional(),
    task_type: z.string().min(1).max(64).optional(),
    company_id: z.string().min(1).max(255).optional(),
    queue: z.string().min(1).max(255).optional(),
  })
  .describe('Which tasks; absent: all')

export type RuleFilter = z.output<typeof taskFilter>

const filter = taskFilter.default({})

function whole(least: number, most: number, what: string) {
  const takes = `takes ${what} from ${least} to ${most}`
  return z.number(takes).int(takes).min(least, takes).max(most, takes)
}

const weekInMinutes = 7 * 24 * 60
const monthInSeconds = 30 * 24 * 3600

/** What a rule looks for. The kinds and what each takes, as the API has them and as they are stored. */
export const condition = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('failure_rate'),
      filter,
      minutes: whole(1, weekInMinutes, 'minutes').default(15).describe('Of the tasks created within so long'),
      percent: z
        .number('takes a number')
        .min(0, 'takes percent from 0 to 100')
        .max(100, 'takes percent from 0 to 100')
        .describe('More than so many of a hundred that ended have failed'),
      at_least: whole(1, 1_000_000, 'a number of tasks')
        .default(10)
        .describe('Where at least so many have ended'),
    }),
    z.strictObject({
      kind: z.literal('silence'),
      filter,
      minutes: whole(1, weekInMinutes, 'minutes').describe('No such task was seen for so long'),
    }),
    z.strictObject({
      kind: z.literal('queue_age'),
      queue: z.string().min(1).max(255).optional().describe('Absent: any'),
      seconds: whole(1, monthInSeconds, 'seconds').describe('The oldest message waits for longer'),
    }),
    z.strictObject({
      kind: z.literal('lost_tasks'),
      filter,
      more_than: whole(0, 1_000_000, 'a number of tasks').default(0),
    }),
    z.strictObject({
      kind: z.literal('missing_worker'),
      worker: z.string().min(1).max(255).describe('A node name; * stands for any characters'),
      at_least: whole(1, 100_000, 'a number of workers')
        .default(1)
        .describe('Fewer than so many of them are online'),
    }),
    z.strictObject({
      kind: z.literal('long_run'),
      filter,
      times: z
        .number('takes a number')
        .min(1, 'takes a number from 1 to 1000')
        .max(1000, 'takes a number from 1 to 1000')
        .default(3)
        .describe('A task runs for so many times as long as 99 of 100 of its name did'),
    }),
  ],
  'takes an object with a kind: failure_rate, silence, queue_age, lost_tasks, missing_worker or long_run',
)

export type Condition = z.output<typeof condition>

/** The name of a kind, as it is stored beside what was found. */
export const conditionKind = z.enum(condition.options.map(({ shape }) => shape.kind.value))
export type ConditionOf<Kind extends Condition['kind']> = Extract<Condition, { kind: Kind }>

/** What people say of a rule. */
export interface RuleContent {
  readonly name: string
  readonly condition: Condition
  /** Seconds for which the condition has to hold until it fires, and not to hold until it is over. */
  readonly firesAfter: number
  readonly resolvesAfter: number
  /** Names of channels of the configuration. */
  readonly channels: readonly string[]
  readonly enabled: boolean
}

export interface Rule extends RuleContent {
  readonly id: string
  /** Until then nobody is told. */
  readonly mutedUntil: Date | null
  readonly createdBy: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** Seconds that a condition may be told to hold at most. */
export const longestHold = 24 * 3600
export const mostRules = 200

export function isMuted({ mutedUntil }: Pick<Rule, 'mutedUntil'>, now: Date): boolean {
  return mutedUntil !== null && mutedUntil > now
}
