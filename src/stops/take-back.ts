import type { TaskStore } from '../tasks/store.js'
import { unmarkOf } from './marks.js'
import type { OpenStops } from './open-stops.js'
import type { Stop } from './stop.js'

type TakenBack = Pick<Stop, 'id' | 'taskId' | 'priorState'>

/** Stops that were cancelled in the database: workers are not told about them any more, and their jobs are what they were. */
export async function takeBack(
  { open, tasks }: { readonly open: OpenStops; readonly tasks: TaskStore },
  stops: readonly TakenBack[],
  by: string,
): Promise<void> {
  for (const stop of stops) open.delete(stop)
  const known = await tasks.findMany(stops.map(({ taskId }) => taskId))
  const records = new Map(known.map(({ record }) => [record.taskId, record]))
  await tasks.apply(
    stops.flatMap((stop) => {
      const record = records.get(stop.taskId)
      // A task without the mark of its stop was never told of it.
      if (record?.stop === undefined) return []
      return [unmarkOf(stop, by, record, open.of(stop.taskId).length > 0)]
    }),
  )
}
