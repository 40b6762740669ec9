import type { Condition } from '../rule.js'
import { failureRate } from './failure-rate.js'
import { longRun } from './long-run.js'
import type { Look, Sources } from './look.js'
import { lostTasks } from './lost-tasks.js'
import { missingWorker } from './missing-worker.js'
import { queueAge } from './queue-age.js'
import { silence } from './silence.js'

/** Subjects at most that one rule tells of: what is wrong everywhere is not told a thousand times. */
const mostSubjects = 50

/** What a condition finds now; undefined where it can't be told. Rejects where the database or the broker is away. */
export async function evaluate(condition: Condition, sources: Sources): Promise<Look> {
  return (await lookFor(condition, sources))?.slice(0, mostSubjects)
}

async function lookFor(condition: Condition, sources: Sources): Promise<Look> {
  switch (condition.kind) {
    case 'failure_rate':
      return await failureRate(condition, sources)
    case 'silence':
      return await silence(condition, sources)
    case 'queue_age':
      return await queueAge(condition, sources)
    case 'lost_tasks':
      return await lostTasks(condition, sources)
    case 'missing_worker':
      return missingWorker(condition, sources)
    case 'long_run':
      return await longRun(condition, sources)
  }
}
