import { countLost } from '../../tasks/lost-tasks.js'
import type { ConditionOf } from '../rule.js'
import { inWords, type Look, linkToTasks, type Sources, tasksOf } from './look.js'

export async function lostTasks(
  { filter, more_than: moreThan }: ConditionOf<'lost_tasks'>,
  { db }: Sources,
): Promise<Look> {
  const lost = await countLost(db, tasksOf(filter))
  if (lost <= moreThan) return []
  const what = lost === 1 ? 'task' : 'tasks'
  const sentence = `${lost} ${what}${inWords(filter)} lost: nobody has them although they should run.`
  return [{ subject: '', sentence, link: linkToTasks(filter, { lost: 'true' }) }]
}
