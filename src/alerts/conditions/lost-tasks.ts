import { countLost } from '../../tasks/lost-tasks.js'
import type { ConditionOf } from '../rule.js'
import { inWords, type Look, linkToTasks, type Sources, tasksOf } from './look.js'

export async function lostTasks(
  { filter, more_than: moreThan }: ConditionOf<'lost_tasks'>,
  { db }: Sources,
): Promise<Look> {
  const lost = await countLost(db, tasksOf(filter))
  if (lost <= moreThan) return []
  const what = inWords(filter)
  const sentence =
    lost === 1
      ? `One task${what} is lost: nobody has it although it should run.`
      : `${lost} tasks${what} are lost: nobody has them although they should run.`
  return [{ subject: '', sentence, link: linkToTasks(filter, { lost: 'true' }) }]
}
