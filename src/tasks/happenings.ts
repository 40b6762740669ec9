import { type DerivedJob, exceptionTypeOf } from './derive.js'
import type { TaskRecord, TimelineEntry } from './record.js'
import type { AppliedTask } from './store.js'

/** Something that an event told of a task, with what is known of the task by now. */
export interface Happening {
  /** The event, for example `task-started`. */
  readonly type: string
  readonly worker: string | null
  /** Seconds, of `task-succeeded`. */
  readonly runtime: number | null
  /** Seconds from sending, or from the ETA, to the start. */
  readonly waited: number | null
  /** The class of what a task failed or is retried with. */
  readonly exception: string | null
  readonly job: DerivedJob
}

/** What a batch of events told, event by event. Progress and the like, of which there may be thousands, are none. */
export function happeningsOf(news: readonly TaskRecord[], applied: readonly AppliedTask[]): Happening[] {
  const known = new Map(applied.map((task) => [task.record.taskId, task]))
  return news.flatMap(({ taskId, timeline }) => {
    const task = known.get(taskId)
    return task === undefined ? [] : timeline.map((entry) => happeningOf(entry, task))
  })
}

function happeningOf(entry: TimelineEntry, { record, job }: AppliedTask): Happening {
  const { type, at } = entry
  const failed = type === 'task-failed' || type === 'task-retried'
  const since = Math.max(record.sentAt ?? 0, (job.eta?.getTime() ?? 0) / 1000)
  const known = record.sentAt !== undefined
  return {
    type,
    worker: entry.worker ?? null,
    runtime: entry.runtime ?? null,
    waited: type === 'task-started' && known ? Math.max(0, at - since) : null,
    exception: failed ? exceptionTypeOf(entry.exception) : null,
    job,
  }
}
