import type { TaskStore } from '../tasks/store.js'
import { unmarkOf } from './marks.js'
import type { OpenStops } from './open-stops.js'
import type { Stop } from './stop.js'
import type { StopStore } from './store.js'

type TakenBack = Pick<Stop, 'id' | 'taskId' | 'priorState'>

/** Stops that were cancelled in the database: workers are not told about them any more, and their jobs are what they were. */
export async function takeBack(
  parts: { readonly open: OpenStops; readonly stops: StopStore; readonly tasks: TaskStore },
  stops: readonly TakenBack[],
  by: string,
): Promise<void> {
  const { open, tasks } = parts
  for (const stop of stops) open.delete(stop)
  const taskIds = stops.map(({ taskId }) => taskId)
  const [known, stillStopped] = await Promise.all([
    tasks.findMany(taskIds),
    parts.stops.stillStopped(taskIds),
  ])
  const records = new Map(known.map(({ record }) => [record.taskId, record]))
  await tasks.apply(
    stops.flatMap((stop) => {
      const record = records.get(stop.taskId)
      // A task without the mark of its stop was never told of it.
      if (record?.stop === undefined) return []
      return [unmarkOf(stop, by, record, stillStopped.has(stop.taskId))]
    }),
  )
}
