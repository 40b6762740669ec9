import { sql } from 'kysely'
import { conditions } from '../../tasks/filter.js'
import { runningStates } from '../../tasks/job.js'
import type { ConditionOf } from '../rule.js'
import { inWords, type Look, linkToTasks, type Sources, spanOf, tasksOf } from './look.js'

/** Names of running tasks that are looked at: those that run longest. */
const mostNames = 200

export async function longRun(
  { filter, times }: ConditionOf<'long_run'>,
  { db, table, usualTimes }: Sources,
): Promise<Look> {
  const running = await db
    .selectFrom('job')
    .select([
      'task_name as name',
      sql<number>`extract(epoch from now() - min(started_at))::float8`.as('longest'),
    ])
    .where((eb) => conditions(eb, { ...tasksOf(filter), states: runningStates }))
    .where('started_at', 'is not', null)
    .groupBy('task_name')
    .orderBy('longest', 'desc')
    .limit(mostNames)
    .execute()
  const names = running.map(({ name }) => name)
  const known = await usualTimes.of(db, table, names)
  return running.flatMap(({ name, longest }) => {
    const p99 = known.get(name)
    if (p99 === undefined || longest <= p99 * times) return []
    const sentence =
      `A task ${name}${inWords({ ...filter, task_name: undefined })} runs for ${spanOf(longest)}, more than ${times} ` +
      `times the ${spanOf(p99)} that 99 of 100 stay within.`
    const link = linkToTasks({ ...filter, task_name: name }, { state: runningStates.join(',') })
    return [{ subject: name, sentence, link }]
  })
}
