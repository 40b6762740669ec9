import { byStateAndTime, conditions } from '../../tasks/filter.js'
import type { ConditionOf } from '../rule.js'
import { inWords, type Look, linkToTasks, type Sources, spanOf, tasksOf } from './look.js'

/** Of the tasks created within the time, as the overview counts them: so the list behind it is a list by that time. */
export async function failureRate(
  { filter, minutes, percent, at_least: atLeast }: ConditionOf<'failure_rate'>,
  { db, table }: Sources,
): Promise<Look> {
  const recent = { ...tasksOf(filter), states: ['SUCCESS', 'FAILURE'] as const, hoursAgo: minutes / 60 }
  const counted = await db
    .selectFrom('job')
    .select(['state', (eb) => eb.fn.countAll<string>().as('n')])
    .where((eb) => conditions(eb, byStateAndTime(recent, table)))
    .groupBy('state')
    .execute()
  const count = (state: string) => Number(counted.find((row) => row.state === state)?.n ?? 0)
  const failed = count('FAILURE')
  const ended = failed + count('SUCCESS')
  if (ended < atLeast || (100 * failed) / ended <= percent) return []
  const rate = ((100 * failed) / ended).toFixed(1)
  const sentence =
    `${failed} of ${ended} tasks${inWords(filter)} that were created in the last ${spanOf(minutes * 60)} and have ended ` +
    `failed: ${rate} %, more than ${percent} %.`
  return [
    {
      subject: '',
      sentence,
      link: linkToTasks(filter, { state: 'FAILURE', hours_ago: `${minutes / 60}` }),
    },
  ]
}
