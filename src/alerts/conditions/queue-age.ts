import type { ConditionOf } from '../rule.js'
import { type Look, type Sources, spanOf } from './look.js'

export async function queueAge(
  { queue: only, seconds }: ConditionOf<'queue_age'>,
  { queues, broker }: Sources,
): Promise<Look> {
  if (broker.status.state !== 'connected') return undefined
  const { queues: all } = await queues.look()
  return all.flatMap(({ name, waiting, oldestAt }) => {
    if ((only !== undefined && name !== only) || oldestAt === null) return []
    const age = (Date.now() - oldestAt.getTime()) / 1000
    if (age <= seconds) return []
    const sentence =
      `The oldest message of queue ${name} waits for ${spanOf(age)}, more than ${spanOf(seconds)}` +
      `${waiting === null ? '' : `; ${waiting} wait there`}.`
    return [{ subject: name, sentence, link: `/queues/${encodeURIComponent(name)}` }]
  })
}
