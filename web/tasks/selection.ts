import { useMemo, useState } from 'react'
import type { Task } from '../api/types.js'

/** The tasks that are ticked: some of those that are loaded, or all that match. */
export interface Selected {
  readonly ids: ReadonlySet<string>
  /** All that match, also those that are not loaded. */
  readonly all: boolean
  readonly has: (task: Task) => boolean
  /** `range`: everything from the one that was ticked last. */
  readonly toggle: (tasks: readonly Task[], index: number, range: boolean) => void
  readonly takeAll: (tasks: readonly Task[]) => void
  readonly takeMatching: () => void
  readonly clear: () => void
}

interface State {
  readonly ids: ReadonlySet<string>
  readonly all: boolean
  /** The id that was ticked last: rows may have moved since. */
  readonly anchor: string | null
}

const nothing: State = { ids: new Set(), all: false, anchor: null }

export function useSelection(): Selected {
  const [state, set] = useState(nothing)
  return useMemo(
    () => ({
      ids: state.ids,
      all: state.all,
      has: ({ task_id }) => state.all || state.ids.has(task_id),
      toggle: (tasks, index, range) => set((before) => toggled(before, tasks, index, range)),
      takeAll: (tasks) =>
        set({ ids: new Set(tasks.map(({ task_id }) => task_id)), all: false, anchor: null }),
      takeMatching: () => set((before) => ({ ...before, all: true })),
      clear: () => set(nothing),
    }),
    [state],
  )
}

export function toggled(
  before: State,
  tasks: readonly Pick<Task, 'task_id'>[],
  index: number,
  range: boolean,
): State {
  const task = tasks[index]
  if (task === undefined) return before
  const ids = new Set(before.all ? [] : before.ids)
  const isTicked = ids.has(task.task_id)
  const anchor = range ? tasks.findIndex(({ task_id }) => task_id === before.anchor) : -1
  const [from, to] = anchor < 0 ? [index, index] : [Math.min(anchor, index), Math.max(anchor, index)]
  for (const { task_id } of tasks.slice(from, to + 1)) {
    if (isTicked) ids.delete(task_id)
    else ids.add(task_id)
  }
  return { ids, all: false, anchor: task.task_id }
}
