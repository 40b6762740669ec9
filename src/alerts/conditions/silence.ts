import { byStateAndTime, conditions } from '../../tasks/filter.js'
import type { ConditionOf } from '../rule.js'
import { inWords, type Look, linkToTasks, type Sources, spanOf, tasksOf } from './look.js'

/** While the event stream is away nobody would be heard. */
export async function silence(
  { filter, minutes }: ConditionOf<'silence'>,
  { db, table, broker }: Sources,
): Promise<Look> {
  if (broker.status.state !== 'connected') return undefined
  const recent = { ...tasksOf(filter), hoursAgo: minutes / 60 }
  const seen = await db
    .selectFrom('job')
    .select('task_id')
    .where((eb) => conditions(eb, byStateAndTime(recent, table)))
    .limit(1)
    .executeTakeFirst()
  if (seen !== undefined) return []
  const sentence = `No task${inWords(filter)} was seen in the last ${spanOf(minutes * 60)}.`
  return [{ subject: '', sentence, link: linkToTasks(filter, {}) }]
}
